using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>RND1's sampler, as the user sets it.</summary>
internal static class Rnd1Choice
{
    /// <summary>Reads its options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public static ChosenSampler Read(SamplerSettings settings)
    {
        var given = settings.Options;
        var defaults = new Rnd1Options();
        var (newTokens, maxLength) = settings.Length(null, Rnd1Options.DefaultLength);
        var options = new Rnd1Options
        {
            Steps = settings.Steps(defaults.Steps),
            MaxNewTokens = newTokens,
            MaxLength = maxLength,
            Greedy = settings.Get(given.Greedy),
            Temperature = settings.Get(given.Temperature, defaults.Temperature),
            TopK = settings.Find(given.TopK),
            TopP = settings.Find(given.TopP),
            AsOriginal = settings.Get(given.AsOriginal),
            ReferenceRng = settings.Get(given.ReferenceRng),
            Seed = settings.Seed,
        };
        options.Validate();
        if (options is { Greedy: false, Temperature: 0 }) settings.Ignore(given.Greedy, "at temperature 0: the most probable token is taken");
        return new ChosenSampler
        {
            Make = model => new Rnd1Sampler(model, options),
            Complete = (prompts, model) => Rnd1Canvas.ForCompletion(
                prompts, options.NewTokens(prompts.Max(prompt => prompt.Count)), model.MaskId, model.Padding(true),
                model.Tokenizer.SpecialTokens.EosId),
            Infill = (rows, model) => Canvas.ForInfilling(rows, model.MaskId, model.Padding(true)),
            Warnings = options.FindUnused(),
        };
    }
}
