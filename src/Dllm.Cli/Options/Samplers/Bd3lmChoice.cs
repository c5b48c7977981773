using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>BD3LM's sampler, as the user sets it.</summary>
internal static class Bd3lmChoice
{
    /// <summary>Reads its options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public static ChosenSampler Read(SamplerSettings settings)
    {
        var given = settings.Options;
        var defaults = new Bd3lmOptions();
        var (newTokens, maxLength) = settings.Length(Bd3lmOptions.DefaultNewTokens);
        var options = new Bd3lmOptions
        {
            Steps = settings.Steps(defaults.Steps),
            StepsPerBlock = settings.Find(given.StepsPerBlock, "what steps give"),
            MaxNewTokens = newTokens,
            MaxLength = maxLength,
            BlockSize = settings.Get(given.BlockSize, defaults.BlockSize),
            Temperature = settings.Get(given.Temperature, defaults.Temperature),
            Remasking = settings.GetEnum<Remasking>(given.Remasking),
            StochasticTransfer = settings.Get(given.StochasticTransfer),
            EntropyBound = settings.Find(given.EntropyBound),
            BlockAddThreshold = settings.Find(given.BlockAddThreshold),
            RemaskShare = settings.Get(given.Remask, defaults.RemaskShare),
            CfgScale = settings.Get(given.CfgScale, defaults.CfgScale),
            CfgKeepTokens = settings.Get(given.CfgKeepTokens),
            RightShiftLogits = settings.Get(given.RightShiftLogits, defaults.RightShiftLogits),
            EndTokenIds = settings.EndTokenIds,
            AsOriginal = settings.Get(given.AsOriginal),
            ReferenceRng = settings.Get(given.ReferenceRng),
            Seed = settings.Seed,
        };
        options.Validate();
        if (options.EntropyBound is not null) settings.Ignore(given.Steps, "with an entropy bound");
        if (options.EntropyBound is not null) settings.Ignore(given.StepsPerBlock, "with an entropy bound");
        return ChosenSampler.OnMasks(
            model => new Bd3lmSampler(model, options), options.Layout, options.NewTokens, options.FindUnused(),
            startsEmptyRows: options.RightShiftLogits, padsWithPad: true);
    }
}
