using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>MDLM's sampler, as the user sets it.</summary>
internal static class MdlmChoice
{
    /// <summary>Reads its options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public static ChosenSampler Read(SamplerSettings settings)
    {
        var given = settings.Options;
        var defaults = new MdlmSamplerOptions();
        var (newTokens, maxLength) = settings.Length(MdlmSamplerOptions.DefaultNewTokens);
        var options = new MdlmSamplerOptions
        {
            Steps = settings.Steps(defaults.Steps),
            MaxNewTokens = newTokens,
            MaxLength = maxLength,
            BlockSize = settings.Find(given.BlockSize, SamplerTable.AtMost(MdlmSamplerOptions.DefaultBlockSize)),
            Temperature = settings.Get(given.Temperature, defaults.Temperature),
            Remasking = settings.GetEnum<Remasking>(given.Remasking),
            StochasticTransfer = settings.Get(given.StochasticTransfer),
            EntropyBound = settings.Find(given.EntropyBound),
            BlockAddThreshold = settings.Find(given.BlockAddThreshold),
            RemaskShare = settings.Get(given.Remask, defaults.RemaskShare),
            EosEarlyStop = settings.Get(given.EosEarlyStop),
            EndTokenIds = settings.EndTokenIds,
            CfgScale = settings.Get(given.CfgScale, defaults.CfgScale),
            CfgKeepTokens = settings.Get(given.CfgKeepTokens),
            SuppressTokens = settings.Get(given.SuppressTokens),
            BeginSuppressTokens = settings.Get(given.BeginSuppressTokens),
            RightShiftLogits = settings.Get(given.RightShiftLogits, defaults.RightShiftLogits),
            AsOriginal = settings.Get(given.AsOriginal),
            ReferenceRng = settings.Get(given.ReferenceRng),
            Seed = settings.Seed,
        };
        options.Validate();
        if (options.EntropyBound is not null) settings.Ignore(given.Steps, "with an entropy bound");
        return ChosenSampler.OnMasks(
            model => new MdlmSampler(model, options), CanvasLayout.Left, options.NewTokens, options.FindUnused(), options.RightShiftLogits);
    }
}
