using Dllm.Diffusion;

namespace Dllm.Sampling;

/// <summary>How <see cref="MdlmSampler"/> samples. Names and defaults are those of the original's MDLMSamplerConfig unless said otherwise.</summary>
public sealed record MdlmSamplerOptions
{
    /// <summary>The block size used where none is given and the canvas is larger.</summary>
    public const int DefaultBlockSize = 128;

    /// <summary>The new tokens where neither <see cref="MaxNewTokens"/> nor <see cref="MaxLength"/> is given.</summary>
    public const int DefaultNewTokens = 128;

    /// <summary>
    /// Denoising steps over all blocks, at least 1; shared out evenly and rounded up to at least one a block. Steps that would
    /// reveal nothing are left out, so more steps than tokens cost nothing; fewer reveal several tokens a step.
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

    /// <summary>
    /// Commits in a step as many tokens as depend little on each other, in place of what the noise schedule says: those of the lowest
    /// entropies whose sum, less the largest, is at most this, in nats; at least 0 (EB-Sampler, arXiv:2505.24857). <see cref="Steps"/> then
    /// counts for nothing. Null follows the schedule.
    /// </summary>
    public double? EntropyBound { get; init; }

    /// <summary>
    /// The share of a block's tokens from which on a row goes on to the next block while this one is not done, in (0, 1] (multi-block decoding
    /// after D2F, arXiv:2508.09192). 1 is block by block; null too. Needs <see cref="EntropyBound"/>.
    /// </summary>
    public double? BlockAddThreshold { get; init; }

    /// <summary>
    /// The share of what earlier steps wrote in a block that each step but the last masks again, the least sure first, rounded up; in [0, 1)
    /// (after ReMDM, arXiv:2503.00307). 0 never does. A step masks fewer than it writes.
    /// </summary>
    public double RemaskShare { get; init; }

    /// <summary>
    /// Whether a row stops once an end token is written and no mask is left in front of it: padding takes the place of the rest, and its
    /// steps are saved.
    /// </summary>
    public bool EosEarlyStop { get; init; }

    /// <summary>The tokens that end a text, for <see cref="EosEarlyStop"/>.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>Draws the number of tokens of each step instead of rounding the expected number.</summary>
    public bool StochasticTransfer { get; init; }

    /// <summary>Strength of classifier-free guidance, at least 0; 0 turns it off. Guidance doubles the work of a step.</summary>
    public double CfgScale { get; init; }

    /// <summary>Tokens that the unconditional half of guidance keeps seeing.</summary>
    public IReadOnlyList<int> CfgKeepTokens { get; init; } = [];

    /// <summary>Tokens that are never proposed.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Tokens that may be proposed but count as improbable, so they are committed last. No effect with random remasking.</summary>
    public IReadOnlyList<int> BeginSuppressTokens { get; init; } = [];

    /// <summary>Reads the logits of token i one place to the left: for models adapted from autoregressive ones.</summary>
    public bool RightShiftLogits { get; init; }

    /// <summary>
    /// Does as the original where that falls short: where the model proposes the mask itself, masks may stay in the text. By default they
    /// are filled in one step more, in which it may not.
    /// </summary>
    public bool AsOriginal { get; init; }

    /// <summary>The noise schedule whose reverse process sets the tokens of each step.</summary>
    public NoiseSchedule Noise { get; init; } = NoiseSchedule.Linear;

    /// <summary>The seed of all draws: the same seed gives the same text. Null is 0.</summary>
    public long? Seed { get; init; }

    /// <summary>
    /// Draws in the original's order (noise for every position and every token of the vocabulary), so that its seeded results are
    /// reproduced. By default only what is read is drawn: the same distribution for a fraction of the work.
    /// </summary>
    public bool ReferenceRng { get; init; }

    /// <summary>Whether anything is drawn at random.</summary>
    internal bool IsRandom => Temperature > 0 || Remasking == Remasking.Random || StochasticTransfer;

    /// <summary>Checks every option by itself.</summary>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public void Validate()
    {
        OptionChecks.RequireAtLeastOne(Steps, "steps");
        OptionChecks.RequireAtLeastOne(MaxNewTokens, "new tokens");
        OptionChecks.RequireAtLeastOne(MaxLength, "the maximum length");
        OptionChecks.RequireAtLeastOne(BlockSize, "the block size");
        OptionChecks.RequireFromZero(Temperature, "the temperature");
        OptionChecks.RequireFromZero(CfgScale, "the guidance scale");
        OptionChecks.RequireBlockAddThreshold(BlockAddThreshold, EntropyBound is not null);
        if (EntropyBound is double bound) OptionChecks.RequireFromZero(bound, "the entropy bound");
        OptionChecks.RequireRemaskShare(RemaskShare, hasConfidence: Remasking != Remasking.Random);
        if (Remasking == Remasking.Random && EntropyBound is not null)
            throw new DllmException("an entropy bound goes by confidence, which random remasking does not compute", "leave out one of the two");
        if (!Enum.IsDefined(Remasking)) throw new DllmException($"there is no remasking {Remasking}", "use LowConfidence or Random");
    }

    /// <summary>Checks that the tokens named are in a vocabulary.</summary>
    /// <exception cref="DllmException">A token id is negative or too large.</exception>
    public void ValidateTokens(int vocabularySize)
    {
        OptionChecks.RequireKnown(CfgKeepTokens, "guidance keep token", vocabularySize);
        OptionChecks.RequireKnown(SuppressTokens, "suppressed token", vocabularySize);
        OptionChecks.RequireKnown(EndTokenIds, "end token", vocabularySize);
        OptionChecks.RequireKnown(BeginSuppressTokens, "begin-suppressed token", vocabularySize);
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
        if (CfgKeepTokens.Count > 0 && CfgScale == 0) unused.Add("guidance keep tokens have no effect without a guidance scale");
        if (BeginSuppressTokens.Count > 0 && Remasking == Remasking.Random)
            unused.Add("begin-suppressed tokens have no effect with random remasking");
        if (BeginSuppressTokens.Count > 0 && EntropyBound is not null)
            unused.Add("begin-suppressed tokens have no effect with an entropy bound");
        if (StochasticTransfer && EntropyBound is not null) unused.Add("stochastic transfer has no effect with an entropy bound");
        if (EosEarlyStop && EndTokenIds.Count == 0) unused.Add("the early stop has no effect: no end token is known");
        if (RemaskShare > 0 && EntropyBound is null && MaxLength is null && Steps >= (MaxNewTokens ?? DefaultNewTokens))
            unused.Add(OptionChecks.RemasksNothing);
        if (Seed is not null && !IsRandom) unused.Add("the seed has no effect: nothing is drawn at random");
        if (ReferenceRng && !IsRandom) unused.Add("the reference order of draws has no effect: nothing is drawn at random");
        return unused;
    }
}
