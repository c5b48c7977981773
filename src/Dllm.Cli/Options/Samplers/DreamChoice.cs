using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>Dream's sampler, as the user sets it.</summary>
internal static class DreamChoice
{
    /// <summary>Reads its options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public static ChosenSampler Read(SamplerSettings settings)
    {
        var given = settings.Options;
        var defaults = new DreamOptions();
        var (newTokens, maxLength) = settings.Length(DreamOptions.DefaultNewTokens);
        var cache = settings.GetEnum<CacheMode>(given.UseCache);
        var options = new DreamOptions
        {
            Steps = settings.Steps(defaults.Steps),
            MaxNewTokens = newTokens,
            MaxLength = maxLength,
            Cache = cache,
            BlockSize = settings.Find(
                given.BlockSize, cache == CacheMode.None ? "the whole canvas" : SamplerTable.AtMost(DreamOptions.DefaultBlockSize)),
            Algorithm = ToAlgorithm(settings.Get(given.Alg)),
            AlgorithmTemperature = settings.Get(given.AlgTemp, defaults.AlgorithmTemperature),
            Threshold = settings.Find(given.Threshold),
            Epsilon = settings.Get(given.Eps, defaults.Epsilon),
            Temperature = settings.Get(given.Temperature, defaults.Temperature),
            TopP = settings.Get(given.TopP, defaults.TopP),
            TopK = settings.Get(given.TopK, defaults.TopK!.Value),
            StochasticTransfer = settings.Get(given.StochasticTransfer),
            CfgScale = settings.Get(given.CfgScale, defaults.CfgScale),
            RightShiftLogits = settings.Get(given.RightShiftLogits, defaults.RightShiftLogits),
            RemaskShare = settings.Get(given.Remask, defaults.RemaskShare),
            EosEarlyStop = settings.Get(given.EosEarlyStop),
            EndTokenIds = settings.EndTokenIds,
            AsOriginal = settings.Get(given.AsOriginal),
            ReferenceRng = settings.Get(given.ReferenceRng),
            Seed = settings.Seed,
        };
        options.Validate();
        bool followsTimes = options.Algorithm == DreamAlgorithm.Origin
            || (cache != CacheMode.None && options.Algorithm != DreamAlgorithm.ConfidenceThreshold);
        if (!followsTimes) settings.Ignore(given.Eps, "but with the algorithm origin, or a cache");
        return ChosenSampler.OnMasks(
            model => new DreamSampler(model, options), options.Layout, options.NewTokens, options.FindUnused(), startsEmptyRows: true);
    }

    private static DreamAlgorithm ToAlgorithm(string name) => name switch
    {
        "maskgit_plus" => DreamAlgorithm.MaskGitPlus,
        "topk_margin" => DreamAlgorithm.TopKMargin,
        "entropy" => DreamAlgorithm.Entropy,
        "confidence_threshold" => DreamAlgorithm.ConfidenceThreshold,
        _ => DreamAlgorithm.Origin,
    };
}
