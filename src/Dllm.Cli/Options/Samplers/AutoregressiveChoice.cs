using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>Writing from left to right, as the user sets it.</summary>
internal static class AutoregressiveChoice
{
    /// <summary>Reads its options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public static ChosenSampler Read(SamplerSettings settings)
    {
        var given = settings.Options;
        var defaults = new AutoregressiveOptions();
        var (newTokens, maxLength) = settings.Length(MdlmSamplerOptions.DefaultNewTokens);
        var length = new MdlmSamplerOptions { MaxNewTokens = newTokens, MaxLength = maxLength };
        var options = new AutoregressiveOptions
        {
            Temperature = settings.Get(given.Temperature, defaults.Temperature),
            TopP = settings.Find(given.TopP),
            TopK = settings.Find(given.TopK),
            EndTokenIds = settings.EndTokenIds,
            Seed = settings.Seed,
        };
        options.Validate();
        return ChosenSampler.OnMasks(
            model => new AutoregressiveSampler(model, options), CanvasLayout.Right, length.NewTokens, options.FindUnused(),
            startsEmptyRows: true, padsWithPad: true) with
        {
            Infill = null,
        };
    }
}
