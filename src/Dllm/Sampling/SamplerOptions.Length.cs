namespace Dllm.Sampling;

public abstract partial record SamplerOptions
{
    /// <summary>
    /// Denoising steps, at least 1, shared out over the blocks. More steps than tokens cost nothing; fewer write several tokens at once.
    /// </summary>
    public int Steps { get; init; } = 128;

    /// <summary>Denoising steps of a block, at least 1. Null: what <see cref="Steps"/> gives.</summary>
    public int? StepsPerBlock { get; init; }

    /// <summary>Tokens to write after each prompt, at least 1. Null: what <see cref="MaxLength"/> leaves, or the sampler's default.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens of the longest prompt and its answer together, at least 1; used where <see cref="MaxNewTokens"/> is null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Tokens of a block, at least 1; blocks are filled from left to right. Null: the sampler's default, or all where that is less.</summary>
    public int? BlockSize { get; init; }

    /// <summary>The tokens that end a text.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>Tokens that end a text together, such as those that spell the end of a turn; none by default. See <see cref="Tokenization.TextEnds"/>.</summary>
    public IReadOnlyList<int> EndPieces { get; init; } = [];

    /// <summary>Stops a row when it has come to one of <see cref="EndTokenIds"/>, or to <see cref="EndPieces"/>, and nothing before it is masked.</summary>
    public bool EosEarlyStop { get; init; }

    /// <summary>The new tokens where neither <see cref="MaxNewTokens"/> nor <see cref="MaxLength"/> is given.</summary>
    protected virtual int DefaultNewTokens => 128;

    /// <summary>The least tokens that can be written after a prompt.</summary>
    internal virtual int LeastNewTokens => 1;

    /// <summary>The options with another number of tokens to write after each prompt, whatever length was set.</summary>
    internal virtual SamplerOptions WithNewTokens(int tokens) => this with { MaxNewTokens = tokens, MaxLength = null };

    /// <summary>
    /// The options for a model that reads so many tokens at a time: a default of new tokens leaves a small context room for a prompt. What was
    /// given stays.
    /// </summary>
    internal SamplerOptions Within(int context) => MaxNewTokens is null && MaxLength is null && DefaultNewTokens > Math.Max(1, context / 2)
        ? this with { MaxNewTokens = Math.Max(1, context / 2) }
        : this;

    /// <summary>The tokens to write after prompts.</summary>
    /// <param name="longestPrompt">The tokens of the longest prompt.</param>
    /// <exception cref="DllmException">The prompt fills <see cref="MaxLength"/> already.</exception>
    public int NewTokens(int longestPrompt)
    {
        if (MaxNewTokens is int tokens) return tokens;
        if (MaxLength is not int length) return DefaultNewTokens;
        if (longestPrompt < length) return length - longestPrompt;
        throw new DllmException(
            $"the prompt has {longestPrompt} tokens, which leaves no room for an answer in a max-length of {length}",
            "shorten the prompt or raise max-length");
    }

    /// <summary>
    /// The block size on a canvas. Texts to fill in have the lengths they have: there a larger block is the whole text.
    /// </summary>
    /// <param name="canvas">The canvas.</param>
    /// <param name="otherwise">The size where none is given, or the whole canvas where that is less.</param>
    /// <exception cref="DllmException">The size given is larger than what is to be written after the prompts.</exception>
    private protected int BlockSizeFor(Canvas canvas, int otherwise)
    {
        if (BlockSize is int size && size > canvas.Span && canvas.IsCompletion)
            throw new SamplerOptionException(SamplingOption.BlockSize, $"is {size}, but there are {canvas.Span} tokens to write", $"use at most {canvas.Span}");
        return Math.Min(BlockSize ?? otherwise, canvas.Span);
    }
}

/// <summary>The options that several samplers share, each described once.</summary>
public static partial class SamplingOption
{
    /// <summary><see cref="SamplerOptions.Steps"/>.</summary>
    public static SamplerOption Steps { get; } = SamplerOption.Of<SamplerOptions, int>(
        "steps", "Denoising steps, shared out over the blocks; fewer steps write more tokens at once",
        OptionValue.Whole(), o => o.Steps, (o, value) => o with { Steps = value });

    /// <summary><see cref="SamplerOptions.StepsPerBlock"/>.</summary>
    public static SamplerOption StepsPerBlock { get; } = SamplerOption.Of<SamplerOptions, int?>(
        "steps-per-block", "Denoising steps of a block", OptionValue.Whole().OrNone(), o => o.StepsPerBlock, (o, value) => o with { StepsPerBlock = value });

    /// <summary><see cref="SamplerOptions.MaxNewTokens"/>.</summary>
    public static SamplerOption MaxNewTokens { get; } = SamplerOption.Of<SamplerOptions, int?>(
        "max-new-tokens", "Tokens to write after each prompt; the default is less where the model's context leaves less room",
        OptionValue.Whole().OrNone(), o => o.MaxNewTokens, (o, value) => o with { MaxNewTokens = value }, isLength: true);

    /// <summary><see cref="SamplerOptions.MaxLength"/>.</summary>
    public static SamplerOption MaxLength { get; } = SamplerOption.Of<SamplerOptions, int?>(
        "max-length", "Tokens of the longest prompt and its answer together; used without max-new-tokens",
        OptionValue.Whole().OrNone(), o => o.MaxLength, (o, value) => o with { MaxLength = value }, isLength: true);

    /// <summary><see cref="SamplerOptions.BlockSize"/>.</summary>
    public static SamplerOption BlockSize { get; } = SamplerOption.Of<SamplerOptions, int?>(
        "block-size", "Tokens of a block; blocks are filled from left to right",
        OptionValue.Whole().OrNone(), o => o.BlockSize, (o, value) => o with { BlockSize = value });

    /// <summary><see cref="SamplerOptions.EosEarlyStop"/>.</summary>
    public static SamplerOption EosEarlyStop { get; } = SamplerOption.Of<SamplerOptions, bool>(
        "eos-early-stop", "Stop a text as soon as it has come to its end token",
        OptionValue.Switch, o => o.EosEarlyStop, (o, value) => o with { EosEarlyStop = value });
}
