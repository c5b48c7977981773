using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>Fast-dLLM's sampler, as the user sets it.</summary>
internal static class FastDllmChoice
{
    /// <summary>Reads its options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public static ChosenSampler Read(SamplerSettings settings)
    {
        var given = settings.Options;
        var defaults = new FastDllmOptions();
        var (newTokens, maxLength) = settings.Length(FastDllmOptions.DefaultNewTokens);
        var options = new FastDllmOptions
        {
            Steps = settings.Steps(defaults.Steps),
            MaxNewTokens = newTokens,
            MaxLength = maxLength,
            BlockSize = settings.Find(given.BlockSize, SamplerTable.AtMost(FastDllmOptions.DefaultBlockSize)),
            Temperature = settings.Get(given.Temperature, defaults.Temperature),
            Remasking = settings.GetEnum<Remasking>(given.Remasking),
            StochasticTransfer = settings.Get(given.StochasticTransfer),
            SuppressTokens = settings.Get(given.SuppressTokens),
            RightShiftLogits = settings.Get(given.RightShiftLogits, defaults.RightShiftLogits),
            Cache = settings.GetEnum<CacheMode>(given.UseCache),
            PromptInterval = settings.Get(given.PromptInterval, defaults.PromptInterval),
            ResponseInterval = settings.Get(given.ResponseInterval, defaults.ResponseInterval),
            Threshold = settings.Find(given.Threshold),
            Factor = settings.Find(given.Factor),
            EntropyBound = settings.Find(given.EntropyBound),
            BlockAddThreshold = settings.Find(given.BlockAddThreshold),
            RemaskShare = settings.Get(given.Remask, defaults.RemaskShare),
            EosEarlyStop = settings.Get(given.EosEarlyStop),
            EndTokenIds = settings.EndTokenIds,
            AsOriginal = settings.Get(given.AsOriginal),
            ReferenceRng = settings.Get(given.ReferenceRng),
            Seed = settings.Seed,
        };
        options.Validate();
        if (options.Threshold is not null || options.Factor is not null || options.EntropyBound is not null)
            settings.Ignore(given.Steps, "with a threshold, a factor or an entropy bound");
        if (options is { Cache: CacheMode.Refresh, PromptInterval: 1 })
            settings.Ignore(given.ResponseInterval, "with a prompt interval of 1: all columns are computed anew at every step");
        if (options.Remasking == Remasking.Random)
        {
            settings.Ignore(given.Threshold, "of its own with random remasking: what reaches it is drawn");
            settings.Ignore(given.Factor, "of its own with random remasking: what reaches it is drawn");
        }

        return ChosenSampler.OnMasks(
            model => new FastDllmSampler(model, options), options.Layout, options.NewTokens, options.FindUnused(),
            startsEmptyRows: options.RightShiftLogits);
    }
}
