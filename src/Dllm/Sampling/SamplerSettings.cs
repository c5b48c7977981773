using Dllm.Checkpoints;
using Dllm.Models;

namespace Dllm.Sampling;

/// <summary>
/// A sampler and its options for a model: what was given, else what the checkpoint's <c>generation_config.json</c> says, else the sampler's
/// defaults. The command line, chat settings, evaluation and servers read options this way.
/// </summary>
public sealed record SamplerSettings
{
    private SamplerSettings(SamplerDefinition sampler, SamplerOptions options) => (Sampler, Options) = (sampler, options);

    /// <summary>The sampler.</summary>
    public SamplerDefinition Sampler { get; }

    /// <summary>Its options.</summary>
    public SamplerOptions Options { get; private init; }

    /// <summary>Options that were given but change nothing.</summary>
    public IReadOnlyList<UnusedOption> Unused { get; private init; } = [];

    /// <summary>What to tell where the sampler reads logits in another place than the model predicts in; else null.</summary>
    public string? Misreading { get; private init; }

    /// <summary>The tokens that the model reads at a time; null where no model is known.</summary>
    public int? Context { get; private init; }

    /// <summary>Whether it was given how much is to be written: then a model that cannot read as much refuses.</summary>
    public bool LengthIsGiven { get; private init; }

    /// <summary>Names and values in force of all options but the seed.</summary>
    public IEnumerable<(SamplerOption Option, string Value)> InForce =>
        Options.Supported.Where(option => option != SamplingOption.Seed).Select(option => (option, Options.Describe(option)));

    /// <summary>The settings for a model; its texts end where <see cref="PretrainedModel.Ends"/> says.</summary>
    /// <param name="model">The model.</param>
    /// <param name="given">Options by what was given for them, as on a command line.</param>
    /// <param name="sampler">The sampler's name; null takes the one that the model is made for.</param>
    /// <param name="seed">The seed of all draws; null is 0.</param>
    /// <exception cref="SamplerOptionException">The sampler does not have an option, or its value is out of range.</exception>
    /// <exception cref="DllmException">The sampler does not suit the model, or options contradict each other.</exception>
    public static SamplerSettings For(
        PretrainedModel model, IReadOnlyDictionary<SamplerOption, string> given, string? sampler, long? seed)
    {
        var definition = sampler is null ? Samplers.Of(model) : Samplers.For(sampler);
        Samplers.Require(definition, model);
        RequireOptions(definition, given.Keys, model.Family.Samplers);
        var options = FromCheckpoint(
            definition.Defaults with { EndTokenIds = model.Ends?.TokenIds ?? [], EndPieces = model.Ends?.Pieces ?? [], Seed = seed }, model.Generation, given);
        if (!given.Keys.Any(option => option.IsLength)) options = options.Within(model.Denoiser.MaxPositions);
        var settings = Of(definition, options, given, seed) with { Context = model.Denoiser.MaxPositions };
        // Who gives the option knows how the model was trained.
        return given.ContainsKey(SamplingOption.RightShiftLogits)
            ? settings
            : settings with { Misreading = Samplers.FindMisreading(definition, model.Family) };
    }

    /// <summary>The settings without a model: for checks before one is loaded.</summary>
    /// <inheritdoc cref="For"/>
    public static SamplerSettings Of(string sampler, IReadOnlyDictionary<SamplerOption, string> given, long? seed)
    {
        var definition = Samplers.For(sampler);
        RequireOptions(definition, given.Keys, []);
        return Of(definition, definition.Defaults with { Seed = seed }, given, seed);
    }

    /// <summary>Makes the sampler of a model.</summary>
    /// <param name="model">The model; not owned.</param>
    /// <exception cref="DllmException">An option names an unknown token, or the model does not suit the sampler.</exception>
    public ISampler Create(Denoiser model) => Sampler.Create(model, Options);

    /// <summary>The same with other draws, for prompts of which others stand before them.</summary>
    /// <param name="first">How many prompts stand before.</param>
    public SamplerSettings ForPromptsFrom(int first) =>
        first == 0 ? this : this with { Options = Options with { Seed = RowSeed.Of(Options.Seed ?? 0, first) } };

    /// <summary>
    /// The canvas of prompts, each with room for what is to be written after it. A number of new tokens that nobody asked for is made
    /// smaller where the model's context leaves less room.
    /// </summary>
    /// <param name="prompts">At least one prompt, as token ids.</param>
    /// <param name="tokens">The special tokens of the model.</param>
    /// <exception cref="DllmException">The context has no room for an answer, or a prompt is empty where the model needs a token.</exception>
    public Canvas CompletionCanvas(IReadOnlyList<IReadOnlyList<int>> prompts, CanvasTokens tokens)
    {
        if (LengthIsGiven) return Sampler.CompletionCanvas(prompts, Options, tokens);
        int longest = prompts.Max(prompt => prompt.Count);
        var options = longest >= Options.MaxLength ? Options with { MaxLength = null } : Options; // nobody asked for that bound
        var whole = Sampler.CompletionCanvas(prompts, options, tokens);
        if (!(whole.Width > Context)) return whole;
        // How much wider a canvas is than its prompts is for its layout to say: blocks are filled up.
        int fits = options.LeastNewTokens - 1, tooMany = whole.Width;
        while (tooMany - fits > 1)
        {
            int middle = (fits + tooMany) / 2;
            if (With(middle).Width <= Context) fits = middle;
            else tooMany = middle;
        }

        return fits >= options.LeastNewTokens ? With(fits) : throw new DllmException(
            $"the prompt has {longest} tokens and the model reads at most {Context}, which leaves no room for an answer", "shorten the prompt");

        Canvas With(int newTokens) => Sampler.CompletionCanvas(prompts, options.WithNewTokens(newTokens), tokens);
    }

    private static SamplerSettings Of(
        SamplerDefinition definition, SamplerOptions options, IReadOnlyDictionary<SamplerOption, string> given, long? seed)
    {
        foreach (var (option, text) in given) options = option.Set(options, text);
        options.Validate();
        return new SamplerSettings(definition, options)
        {
            LengthIsGiven = given.Keys.Any(option => option.IsLength),
            Unused = options.FindUnused([.. given.Keys, .. seed is null ? Array.Empty<SamplerOption>() : [SamplingOption.Seed]]),
        };
    }

    // A length that is given counts alone: the checkpoint's number of new tokens would overrule it.
    private static SamplerOptions FromCheckpoint(
        SamplerOptions options, JsonConfig? generation, IReadOnlyDictionary<SamplerOption, string> given)
    {
        if (generation is null) return options;
        if (options.Supported.Contains(SamplingOption.Steps)) options = options with { Steps = generation.OptionalInteger("steps", 1) ?? options.Steps };
        return !options.Supported.Contains(SamplingOption.MaxNewTokens) || given.ContainsKey(SamplingOption.MaxLength)
            ? options
            : options with { MaxNewTokens = generation.OptionalInteger("max_new_tokens", 1) ?? options.MaxNewTokens };
    }

    private static void RequireOptions(SamplerDefinition sampler, IEnumerable<SamplerOption> given, IReadOnlyList<string> usual)
    {
        if (given.FirstOrDefault(option => !sampler.Has(option)) is not { } foreign) return;
        string[] others = [.. Samplers.All.Where(other => other.Has(foreign)).Select(other => other.Name)];
        throw new SamplerOptionException(
            foreign, $"does nothing with the sampler {sampler.Name}",
            $"leave it out, or use the sampler {string.Join(", ", others.Intersect(usual).DefaultIfEmpty(string.Join(", ", others)))}");
    }
}
