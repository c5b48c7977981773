using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>LLaDA2's sampler, as the user sets it.</summary>
internal static class Llada2Choice
{
    /// <summary>Reads its options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public static ChosenSampler Read(SamplerSettings settings)
    {
        var given = settings.Options;
        var defaults = new Llada2Options();
        var options = new Llada2Options
        {
            MaxNewTokens = settings.NewTokens(defaults.MaxNewTokens),
            BlockSize = settings.Get(given.BlockSize, defaults.BlockSize),
            StepsPerBlock = settings.Get(given.StepsPerBlock, defaults.StepsPerBlock),
            Temperature = settings.Get(given.Temperature, defaults.Temperature),
            TopP = settings.Find(given.TopP),
            TopK = settings.Find(given.TopK),
            Threshold = settings.Get(given.Threshold, defaults.Threshold),
            MinimalTopk = settings.Get(given.MinimalTopk, defaults.MinimalTopk),
            BlockAddThreshold = settings.Find(given.BlockAddThreshold),
            RemaskShare = settings.Get(given.Remask, defaults.RemaskShare),
            EosEarlyStop = settings.Get(given.EosEarlyStop),
            EndTokenIds = settings.EndTokenIds,
            AsOriginal = settings.Get(given.AsOriginal),
            ReferenceRng = settings.Get(given.ReferenceRng),
            Seed = settings.Seed,
        };
        options.Validate();
        return ChosenSampler.OnMasks(
            model => new Llada2Sampler(model, options), options.Layout, _ => options.MaxNewTokens, options.FindUnused(),
            startsEmptyRows: false, padsWithPad: true);
    }
}
