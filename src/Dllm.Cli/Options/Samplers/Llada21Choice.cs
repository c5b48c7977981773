using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>LLaDA2.1's sampler, as the user sets it.</summary>
internal static class Llada21Choice
{
    /// <summary>Reads its options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public static ChosenSampler Read(SamplerSettings settings)
    {
        var given = settings.Options;
        var defaults = new Llada21Options();
        var (newTokens, maxLength) = settings.Length(Llada21Options.DefaultNewTokens);
        var options = new Llada21Options
        {
            MaxNewTokens = newTokens,
            MaxLength = maxLength,
            BlockSize = settings.Get(given.BlockSize, defaults.BlockSize),
            Temperature = settings.Get(given.Temperature, defaults.Temperature),
            TopP = settings.Find(given.TopP),
            TopK = settings.Find(given.TopK),
            Threshold = settings.Get(given.Threshold, defaults.Threshold),
            EditingThreshold = settings.Get(given.EditingThreshold, defaults.EditingThreshold),
            MaxPostSteps = settings.Get(given.MaxPostSteps, defaults.MaxPostSteps),
            NumToTransfer = settings.Get(given.NumToTransfer, defaults.NumToTransfer),
            EosEarlyStop = settings.Get(given.EosEarlyStop),
            EndTokenIds = settings.EndTokenIds,
            AsOriginal = settings.Get(given.AsOriginal),
            ReferenceRng = settings.Get(given.ReferenceRng),
            Seed = settings.Seed,
        };
        options.Validate();
        if (options.EditingThreshold == 1) settings.Ignore(given.MaxPostSteps, "with an editing threshold of 1, which nothing exceeds");
        return ChosenSampler.OnMasks(
            model => new Llada21Sampler(model, options), options.Layout, options.NewTokens, options.FindUnused(),
            startsEmptyRows: false, padsWithPad: true);
    }
}
