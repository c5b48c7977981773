using Dllm.Diffusion;

namespace Dllm.Sampling;

/// <summary>
/// How <see cref="FastDllmSampler"/> samples. Names and defaults are those of the original's FastdLLMLLaDASamplerConfig unless said
/// otherwise.
/// </summary>
public sealed record FastDllmOptions
{
    /// <summary>The block size used where none is given and the canvas is larger.</summary>
    public const int DefaultBlockSize = MdlmSamplerOptions.DefaultBlockSize;

    /// <summary>The new tokens where neither <see cref="MaxNewTokens"/> nor <see cref="MaxLength"/> is given.</summary>
    public const int DefaultNewTokens = MdlmSamplerOptions.DefaultNewTokens;

    /// <summary>
    /// Denoising steps over all blocks, at least 1; shared out evenly and rounded up to at least one a block. Only the scheduled top-k
    /// counts them: with a threshold or a factor the model decides.
    /// </summary>
    public int Steps { get; init; } = 128;

    /// <summary>Tokens to write behind each prompt, at least 1. Null: what <see cref="MaxLength"/> leaves, or 128.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens of the longest prompt and its answer together; used where <see cref="MaxNewTokens"/> is null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Tokens of a block, filled left to right, at least 1. Null: 128, or the whole canvas where that is smaller.</summary>
    public int? BlockSize { get; init; }

    /// <summary>The randomness of the proposed tokens: 0 takes the most probable token, 1 draws from the model's distribution.</summary>
    public double Temperature { get; init; }

    /// <summary>By what the proposals to keep are chosen.</summary>
    public Remasking Remasking { get; init; } = Remasking.LowConfidence;

    /// <summary>Draws the number of tokens of each step instead of rounding the expected number. Scheduled top-k only.</summary>
    public bool StochasticTransfer { get; init; }

    /// <summary>Tokens that are never proposed. The original's begin-suppressed tokens are just that here: add them.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Reads the logits of token i one place to the left: for models adapted from autoregressive ones.</summary>
    public bool RightShiftLogits { get; init; }

    /// <summary>The noise schedule whose reverse process sets the tokens of each step. Scheduled top-k only.</summary>
    public NoiseSchedule Noise { get; init; } = NoiseSchedule.Linear;

    /// <summary>What is kept of earlier steps.</summary>
    public CacheMode Cache { get; init; }

    /// <summary>Commits all proposals of at least this confidence, in [0, 1], and at least one. Null: not by a threshold.</summary>
    public double? Threshold { get; init; }

    /// <summary>
    /// Commits the n-th surest proposal while its confidence is at least 1 - factor / (n + 1), and at least one; above 0. Comes before
    /// <see cref="Threshold"/>. Null: not by a factor.
    /// </summary>
    public double? Factor { get; init; }

    /// <summary>
    /// Commits as many tokens as depend little on each other, by the bound on their entropies in nats, at least 0 (EB-Sampler,
    /// arXiv:2505.24857). Null: not by a bound.
    /// </summary>
    public double? EntropyBound { get; init; }

    /// <summary>
    /// The share of a block's tokens from which on a row goes on to the next block while this one is not done, in (0, 1] (multi-block decoding
    /// after D2F, arXiv:2508.09192). 1 is block by block; null too. Needs a threshold, a factor or an entropy bound.
    /// </summary>
    public double? BlockAddThreshold { get; init; }

    /// <summary>
    /// The share of what earlier steps wrote in a block that each step but the last masks again, the least sure first, rounded up; in [0, 1)
    /// (after ReMDM, arXiv:2503.00307). 0 never does. A step masks fewer than it writes. With a cache the logits
    /// must not be shifted.
    /// </summary>
    public double RemaskShare { get; init; }

    /// <summary>
    /// Whether a row stops once an end token is written and no mask is left in front of it: padding takes the place of the rest, and its
    /// steps are saved.
    /// </summary>
    public bool EosEarlyStop { get; init; }

    /// <summary>The tokens that end a text, for <see cref="EosEarlyStop"/>.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>With <see cref="CacheMode.Refresh"/>, after how many steps keys and values of all columns are computed anew; at least 1.</summary>
    public int PromptInterval { get; init; } = 50;

    /// <summary>With <see cref="CacheMode.Refresh"/>, after how many steps those behind the prompts are; at least 1.</summary>
    public int ResponseInterval { get; init; } = 4;

    /// <summary>
    /// Does as the original where that falls short: the mask itself may be proposed, and such masks stay in the text where the plan is
    /// through. By default none is proposed.
    /// </summary>
    public bool AsOriginal { get; init; }

    /// <summary>The seed of all draws: the same seed gives the same text. Null is 0.</summary>
    public long? Seed { get; init; }

    /// <summary>Draws in the original's order, so that its seeded results are reproduced; slower.</summary>
    public bool ReferenceRng { get; init; }

    /// <summary>How rows lie on the canvas that the sampler works on: with a cache, their blocks begin in the same column.</summary>
    public CanvasLayout Layout => Cache == CacheMode.None ? CanvasLayout.Left : CanvasLayout.Right;

    /// <summary>Whether the noise schedule sets the tokens of a step.</summary>
    internal bool IsScheduled => Threshold is null && Factor is null && EntropyBound is null;

    /// <summary>Whether anything is drawn at random.</summary>
    internal bool IsRandom => Temperature > 0 || Remasking == Remasking.Random || (StochasticTransfer && IsScheduled);

    /// <summary>Checks every option by itself.</summary>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public void Validate()
    {
        OptionChecks.RequireAtLeastOne(Steps, "steps");
        OptionChecks.RequireAtLeastOne(MaxNewTokens, "new tokens");
        OptionChecks.RequireAtLeastOne(MaxLength, "the maximum length");
        OptionChecks.RequireAtLeastOne(BlockSize, "the block size");
        OptionChecks.RequireFromZero(Temperature, "the temperature");
        if (Threshold is double threshold && !(threshold >= 0 && threshold <= 1))
            throw new DllmException($"the threshold is {Threshold}, but must be from 0 to 1", "use 0.9");
        if (Factor is double factor && !(factor > 0 && double.IsFinite(factor)))
            throw new DllmException($"the factor is {Factor}, but must be above 0, and finite", "use 1");
        OptionChecks.RequireFromZero(EntropyBound ?? 0, "the entropy bound");
        OptionChecks.RequireBlockAddThreshold(BlockAddThreshold, !IsScheduled);
        OptionChecks.RequireRemaskShare(RemaskShare, hasConfidence: Remasking != Remasking.Random);
        OptionChecks.RequireFirstTokenInReach(RemaskShare, Cache, RightShiftLogits);
        OptionChecks.RequireAtLeastOne(PromptInterval, "the prompt interval");
        OptionChecks.RequireAtLeastOne(ResponseInterval, "the response interval");
        if (EntropyBound is not null && (Threshold is not null || Factor is not null))
            throw new DllmException("an entropy bound and a threshold or factor each say what a step writes", "leave out all but one");
        if (EntropyBound is not null && Remasking == Remasking.Random)
            throw new DllmException("an entropy bound goes by confidence, which random remasking does not compute", "leave out one of the two");
        if (!Enum.IsDefined(Remasking)) throw new DllmException($"there is no remasking {Remasking}", "use LowConfidence or Random");
        if (!Enum.IsDefined(Cache)) throw new DllmException($"there is no cache {Cache}", "use None, Prefix, Dual or Refresh");
    }

    /// <summary>Checks that the tokens named are in a vocabulary.</summary>
    /// <exception cref="DllmException">A token id is negative or too large, or no token is left.</exception>
    public void ValidateTokens(int vocabularySize)
    {
        OptionChecks.RequireKnown(SuppressTokens, "suppressed token", vocabularySize);
        OptionChecks.RequireKnown(EndTokenIds, "end token", vocabularySize);
        if (SuppressTokens.Distinct().Count() >= vocabularySize)
            throw new DllmException($"all {vocabularySize} tokens of the vocabulary are suppressed", "leave at least one");
    }

    /// <summary>The tokens to write behind prompts of which the longest has <paramref name="longestPrompt"/> tokens.</summary>
    /// <exception cref="DllmException">The prompt fills <see cref="MaxLength"/> already.</exception>
    public int NewTokens(int longestPrompt) => OptionChecks.NewTokens(longestPrompt, MaxNewTokens, MaxLength, DefaultNewTokens);

    /// <summary>The block size on a canvas; a text to fill in that is shorter is one block.</summary>
    /// <exception cref="DllmException"><see cref="BlockSize"/> is larger than what is to be written behind prompts.</exception>
    public int BlockSizeFor(Canvas canvas) => OptionChecks.BlockSizeFor(canvas, BlockSize, DefaultBlockSize);

    /// <summary>Options that were set but change nothing beside the others, one sentence each; empty if all of them count.</summary>
    public IReadOnlyList<string> FindUnused()
    {
        var unused = new List<string>();
        if (MaxLength is not null && MaxNewTokens is not null)
            unused.Add("the maximum length has no effect beside the number of new tokens");
        if (Threshold is not null && Factor is not null) unused.Add("the threshold has no effect beside the factor");
        if (StochasticTransfer && !IsScheduled) unused.Add("stochastic transfer has no effect with a threshold, a factor or an entropy bound");
        if (EosEarlyStop && EndTokenIds.Count == 0) unused.Add("the early stop has no effect: no end token is known");
        var plain = new FastDllmOptions();
        if (Cache != CacheMode.Refresh && (PromptInterval, ResponseInterval) != (plain.PromptInterval, plain.ResponseInterval))
            unused.Add("the intervals have no effect but with the cache refresh");
        if (Cache == CacheMode.Refresh && ResponseInterval >= PromptInterval && PromptInterval > 1)
            unused.Add("the response interval has no effect: all columns are computed anew as often");
        if (RemaskShare > 0 && IsScheduled && MaxLength is null && Steps >= (MaxNewTokens ?? DefaultNewTokens))
            unused.Add(OptionChecks.RemasksNothing);
        if (Seed is not null && !IsRandom) unused.Add("the seed has no effect: nothing is drawn at random");
        if (ReferenceRng && !IsRandom) unused.Add("the reference order of draws has no effect: nothing is drawn at random");
        return unused;
    }
}
