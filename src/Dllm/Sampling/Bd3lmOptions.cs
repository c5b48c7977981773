using Dllm.Diffusion;

namespace Dllm.Sampling;

/// <summary>How <see cref="Bd3lmSampler"/> samples. Names and defaults are those of the original's BD3LMSamplerConfig unless said otherwise.</summary>
public sealed record Bd3lmOptions
{
    /// <summary>The new tokens where neither <see cref="MaxNewTokens"/> nor <see cref="MaxLength"/> is given.</summary>
    public const int DefaultNewTokens = 128;

    /// <summary>Denoising steps over all blocks, at least 1, shared out evenly; where <see cref="StepsPerBlock"/> is null.</summary>
    public int Steps { get; init; } = 128;

    /// <summary>Denoising steps of a block, at least 1. Null: what <see cref="Steps"/> gives. More steps than tokens cost nothing.</summary>
    public int? StepsPerBlock { get; init; }

    /// <summary>Tokens to write behind each prompt, at least 1. Null: what <see cref="MaxLength"/> leaves, or 128.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens of the longest prompt and its answer together; used where <see cref="MaxNewTokens"/> is null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Tokens of a block, at least 1: the one that the model was trained with.</summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>The randomness of the proposed tokens: 0 takes the most probable token, 1 draws from the model's distribution.</summary>
    public double Temperature { get; init; }

    /// <summary>
    /// Writes in a step as many tokens as depend little on each other, by the bound on their entropies in nats, at least 0 (EB-Sampler,
    /// arXiv:2505.24857). Null: as many as the steps say.
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

    /// <summary>By what the proposals to keep are chosen.</summary>
    public Remasking Remasking { get; init; } = Remasking.LowConfidence;

    /// <summary>Draws the number of tokens of each step instead of rounding the expected number.</summary>
    public bool StochasticTransfer { get; init; }

    /// <summary>Strength of classifier-free guidance, at least 0; 0 turns it off. Guidance doubles the work of a step.</summary>
    public double CfgScale { get; init; }

    /// <summary>Given tokens that the unconditional half of guidance keeps seeing.</summary>
    public IReadOnlyList<int> CfgKeepTokens { get; init; } = [];

    /// <summary>Reads the logits of token i one place to the left: for models adapted from autoregressive ones.</summary>
    public bool RightShiftLogits { get; init; }

    /// <summary>The noise schedule whose reverse process sets the tokens of each step.</summary>
    public NoiseSchedule Noise { get; init; } = NoiseSchedule.Linear;

    /// <summary>
    /// Tokens that end a text: a row stops when one of them is written and nothing in front of it is masked. Empty: rows run to their end.
    /// </summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>
    /// Keeps keys and values of finished blocks, which changes nothing but the work. Off for denoisers that take no cache.
    /// </summary>
    public bool UseCache { get; init; } = true;

    /// <summary>
    /// Does as the original where that falls short: all rows run until the last has ended, masks stay behind that block, and so do masks
    /// that the model proposed. By default rows stop by themselves and no mask stays.
    /// </summary>
    public bool AsOriginal { get; init; }

    /// <summary>The seed of all draws: the same seed gives the same text. Null is 0.</summary>
    public long? Seed { get; init; }

    /// <summary>Draws in the original's order, so that its seeded results are reproduced; slower.</summary>
    public bool ReferenceRng { get; init; }

    /// <summary>How rows lie on the canvas that the sampler works on.</summary>
    public CanvasLayout Layout => CanvasLayout.PromptsBeforeBlocks(BlockSize);

    /// <summary>Whether anything is drawn at random.</summary>
    internal bool IsRandom => Temperature > 0 || Remasking == Remasking.Random || StochasticTransfer;

    /// <summary>Checks the options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public void Validate()
    {
        OptionChecks.RequireAtLeastOne(Steps, "steps");
        OptionChecks.RequireAtLeastOne(StepsPerBlock, "steps per block");
        OptionChecks.RequireAtLeastOne(MaxNewTokens, "new tokens");
        OptionChecks.RequireAtLeastOne(MaxLength, "the maximum length");
        OptionChecks.RequireAtLeastOne(BlockSize, "the block size");
        OptionChecks.RequireFromZero(Temperature, "the temperature");
        OptionChecks.RequireFromZero(CfgScale, "the guidance scale");
        OptionChecks.RequireFromZero(EntropyBound ?? 0, "the entropy bound");
        OptionChecks.RequireBlockAddThreshold(BlockAddThreshold, EntropyBound is not null);
        OptionChecks.RequireRemaskShare(RemaskShare, hasConfidence: Remasking != Remasking.Random);
        if (Remasking == Remasking.Random && EntropyBound is not null)
            throw new DllmException("an entropy bound goes by confidence, which random remasking does not compute", "leave out one of the two");
        if (!Enum.IsDefined(Remasking)) throw new DllmException($"there is no remasking {Remasking}", "use LowConfidence or Random");
    }

    /// <summary>The tokens to write behind prompts of which the longest has <paramref name="longestPrompt"/> tokens.</summary>
    /// <exception cref="DllmException">The prompt fills <see cref="MaxLength"/> already.</exception>
    public int NewTokens(int longestPrompt) => OptionChecks.NewTokens(longestPrompt, MaxNewTokens, MaxLength, DefaultNewTokens);

    /// <summary>Options that were set but change nothing beside the others, one sentence each; empty if all of them count.</summary>
    public IReadOnlyList<string> FindUnused()
    {
        var unused = new List<string>();
        if (MaxLength is not null && MaxNewTokens is not null)
            unused.Add("the maximum length has no effect beside the number of new tokens");
        if (StepsPerBlock is not null && Steps != 128) unused.Add("the steps have no effect beside the steps per block");
        if (StochasticTransfer && EntropyBound is not null) unused.Add("stochastic transfer has no effect with an entropy bound");
        if (CfgKeepTokens.Count > 0 && CfgScale == 0) unused.Add("guidance keep tokens have no effect without a guidance scale");
        if (RemaskShare > 0 && EntropyBound is null && MaxLength is null
            && (StepsPerBlock >= BlockSize || (StepsPerBlock is null && Steps >= (MaxNewTokens ?? DefaultNewTokens))))
            unused.Add(OptionChecks.RemasksNothing);
        if (Seed is not null && !IsRandom) unused.Add("the seed has no effect: nothing is drawn at random");
        if (ReferenceRng && !IsRandom) unused.Add("the reference order of draws has no effect: nothing is drawn at random");
        return unused;
    }
}
