using Dllm.Models;
using Dllm.Tokenization;

namespace Dllm.Sampling;

/// <summary>How the likelihood of a text is computed under a model that a sampler is made for.</summary>
public enum LikelihoodKind
{
    /// <summary>Monte-Carlo estimates over masked copies (LLaDA).</summary>
    MonteCarlo,

    /// <summary>Dream's: Monte-Carlo estimates with weights of its own, or token by token.</summary>
    Dream,

    /// <summary>Block by block, where prompts end before a block boundary (BD3LM).</summary>
    BlockDiffusion,

    /// <summary>Block by block, where blocks are counted from the first token (LLaDA2).</summary>
    BlockCausal,

    /// <summary>Token by token, from left to right.</summary>
    Autoregressive,
}

/// <summary>
/// One row of <see cref="Samplers"/>: all that the rest must know of a sampler. The command line, chat settings, evaluation and
/// documentation are made from these rows.
/// </summary>
public sealed record SamplerDefinition
{
    private readonly Func<Denoiser, SamplerOptions, ISampler> _create;

    private SamplerDefinition(string name, string description, SamplerOptions defaults, Func<Denoiser, SamplerOptions, ISampler> create) =>
        (Name, Description, Defaults, _create) = (name, description, defaults, create);

    /// <summary>Its name, as it is given on a command line or in a recipe.</summary>
    public string Name { get; }

    /// <summary>What it does, in one sentence.</summary>
    public string Description { get; }

    /// <summary>Its options with nothing set.</summary>
    public SamplerOptions Defaults { get; }

    /// <summary>How rows lie on the canvas that it works on.</summary>
    public Func<SamplerOptions, CanvasLayout> Layout { get; init; } = _ => CanvasLayout.Left;

    /// <summary>Whether an empty prompt begins with the begin-of-sequence token: there is nothing else to predict the first token from.</summary>
    public Func<SamplerOptions, bool> StartsEmptyRows { get; init; } = options => options.RightShiftLogits;

    /// <summary>Whether it reads the logits of a token one place to the left.</summary>
    public Func<SamplerOptions, bool> ReadsShiftedLogits { get; init; } = options => options.RightShiftLogits;

    /// <summary>Whether padding is the padding token where there is one, not the end token as in most originals.</summary>
    public bool PadsWithPadToken { get; init; }

    /// <summary>Whether tokens that were written may be replaced later.</summary>
    public Func<SamplerOptions, bool> RevisesTokens { get; init; } = options => options.RemaskShare > 0;

    /// <summary>Whether it is for autoregressive models, which all others are not for.</summary>
    public bool IsAutoregressive { get; init; }

    /// <summary>Whether it is for models with Edit-Flow heads, which all others are not for.</summary>
    public bool IsEditing { get; init; }

    /// <summary>Whether it fills masks anywhere in a text.</summary>
    public bool Infills { get; init; } = true;

    /// <summary>How likelihoods under its models are computed.</summary>
    public LikelihoodKind Likelihood { get; init; }

    /// <summary>Makes the canvas of a completion in another way than prompts followed by masks.</summary>
    internal Func<IReadOnlyList<IReadOnlyList<int>>, SamplerOptions, CanvasTokens, Canvas>? MakeCompletion { get; init; }

    /// <summary>Changes rows with masks before their canvas is made.</summary>
    internal Func<IReadOnlyList<int>, CanvasTokens, IReadOnlyList<int>>? PrepareInfilling { get; init; }

    /// <summary>A row for a sampler.</summary>
    /// <typeparam name="TOptions">Its options.</typeparam>
    /// <param name="name">Its name: lower case, words with hyphens between them.</param>
    /// <param name="description">What it does, in one sentence.</param>
    /// <param name="defaults">Its options with nothing set.</param>
    /// <param name="create">Makes a sampler of a model.</param>
    public static SamplerDefinition Of<TOptions>(string name, string description, TOptions defaults, Func<Denoiser, TOptions, ISampler> create)
        where TOptions : SamplerOptions => new(name, description, defaults, (denoiser, options) => create(denoiser, (TOptions)options));

    /// <summary>Makes the sampler of a model.</summary>
    /// <param name="model">The model; not owned.</param>
    /// <param name="options">Options of this sampler.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token, or the model does not suit the sampler.</exception>
    public ISampler Create(Denoiser model, SamplerOptions options) => _create(model, options);

    /// <summary>Whether the sampler has an option.</summary>
    public bool Has(SamplerOption option) => Defaults.Supported.Contains(option);

    /// <summary>The canvas of prompts, each with room for what is to be written after it.</summary>
    /// <param name="prompts">At least one prompt, as token ids.</param>
    /// <param name="options">Options of this sampler.</param>
    /// <param name="tokens">The special tokens of the model.</param>
    /// <exception cref="DllmException">A prompt leaves no room for an answer, or is empty where the model needs a token.</exception>
    public Canvas CompletionCanvas(IReadOnlyList<IReadOnlyList<int>> prompts, SamplerOptions options, CanvasTokens tokens)
    {
        if (MakeCompletion is not null) return MakeCompletion(prompts, options, tokens);
        int? begin = StartsEmptyRows(options) ? tokens.BeginIfNeeded(prompts) : null;
        int longest = prompts.Select(prompt => Math.Max(prompt.Count, begin is null ? 0 : 1)).DefaultIfEmpty(0).Max(); // as the canvas will have it
        return Canvas.ForCompletion(
            prompts, options.NewTokens(longest), tokens.MaskId, tokens.Padding(PadsWithPadToken), begin, Layout(options));
    }

    /// <summary>Checks that the sampler fills gaps.</summary>
    /// <exception cref="DllmException">It does not.</exception>
    public void RequireInfilling()
    {
        if (!Infills) throw new DllmException($"the sampler {Name} does not fill gaps", "fill gaps with a masked diffusion model");
    }

    /// <summary>The canvas of texts with masks anywhere.</summary>
    /// <param name="rows">At least one text, as token ids.</param>
    /// <param name="options">Options of this sampler.</param>
    /// <param name="tokens">The special tokens of the model.</param>
    /// <exception cref="DllmException">The sampler does not fill gaps, a text has none, or is empty where the model needs a token.</exception>
    public Canvas InfillingCanvas(IReadOnlyList<IReadOnlyList<int>> rows, SamplerOptions options, CanvasTokens tokens)
    {
        RequireInfilling();
        if (PrepareInfilling is not null) rows = [.. rows.Select(row => PrepareInfilling(row, tokens))];
        return Canvas.ForInfilling(
            rows, tokens.MaskId, tokens.Padding(PadsWithPadToken), StartsEmptyRows(options) ? tokens.BeginIfNeeded(rows) : null, Layout(options));
    }
}

/// <summary>The tokens that a canvas is made with.</summary>
/// <param name="MaskId">What marks a place to fill: the mask token, or with autoregressive models an id of no token.</param>
/// <param name="Special">The special tokens of the tokenizer.</param>
public sealed record CanvasTokens(int MaskId, SpecialTokens Special)
{
    /// <summary>What stands beside shorter rows: as in the original, for most samplers the end token.</summary>
    internal int Padding(bool prefersPad) => (prefersPad ? Special.PadId ?? Special.EosId : Special.EosId ?? Special.PadId) ?? MaskId;

    /// <summary>What begins an empty row, where there is one.</summary>
    /// <exception cref="DllmException">A row is empty, and there is no begin-of-sequence token.</exception>
    internal int? BeginIfNeeded(IReadOnlyList<IReadOnlyList<int>> rows)
    {
        if (rows.All(row => row.Count > 0)) return null;
        return Special.BosId ?? throw new DllmException(
            "a prompt is empty, and the tokenizer has no begin-of-sequence token to put there", "give a prompt of at least one token");
    }

    /// <summary>The begin-of-sequence token, which Edit Flows put before every text.</summary>
    /// <exception cref="DllmException">There is none.</exception>
    internal int Begin => Special.BosId ?? throw new DllmException(
        "the tokenizer has no begin-of-sequence token, which Edit Flows put before every text", "name a bos_token in tokenizer_config.json");
}
