using Dllm.Diffusion;

namespace Dllm.Sampling;

/// <summary>
/// How <see cref="DreamSampler"/> samples. Names and defaults are those of the original's DreamSamplerConfig and, for the last three,
/// FastdLLMDreamSamplerConfig, unless said otherwise.
/// </summary>
public sealed record DreamOptions
{
    /// <summary>The new tokens where neither <see cref="MaxNewTokens"/> nor <see cref="MaxLength"/> is given.</summary>
    public const int DefaultNewTokens = 20;

    /// <summary>The block size used with a cache where none is given and the canvas is larger.</summary>
    public const int DefaultBlockSize = 32;

    /// <summary>Denoising steps, at least 1; over all blocks where a cache makes blocks. More steps than tokens cost nothing.</summary>
    public int Steps { get; init; } = 512;

    /// <summary>Tokens to write behind each prompt, at least 1. Null: what <see cref="MaxLength"/> leaves, or 20.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens of the longest prompt and its answer together; used where <see cref="MaxNewTokens"/> is null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Which proposals are committed.</summary>
    public DreamAlgorithm Algorithm { get; init; } = DreamAlgorithm.Origin;

    /// <summary>
    /// Draws the positions to commit, softmax(confidence / this), instead of taking the surest; at least 0, and 0 turns it off. For the
    /// algorithms from <see cref="DreamAlgorithm.MaskGitPlus"/> to <see cref="DreamAlgorithm.Entropy"/>.
    /// </summary>
    public double AlgorithmTemperature { get; init; }

    /// <summary>The randomness of the proposed tokens: 0 takes the most probable token, 1 draws from the model's distribution.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>
    /// Keeps the most probable tokens until their probabilities add up to this, above 0, at most 1; 1 keeps all. Before
    /// <see cref="TopK"/>. Confidences are told from what is kept.
    /// </summary>
    public double TopP { get; init; } = 1;

    /// <summary>Keeps the most probable tokens, at least 1; null keeps all. Confidences are told from what is kept.</summary>
    public int? TopK { get; init; } = 50;

    /// <summary>Draws the number of tokens of each step instead of rounding the expected number. Without a cache only.</summary>
    public bool StochasticTransfer { get; init; }

    /// <summary>Reads the logits of token i one place to the left: Dream is made from an autoregressive model.</summary>
    public bool RightShiftLogits { get; init; } = true;

    /// <summary>Strength of classifier-free guidance, at least 0; 0 turns it off. Guidance doubles the work of a step.</summary>
    public double CfgScale { get; init; }

    /// <summary>The time at which the last step begins to be the last: above 0, below 1. For origin, and with a cache.</summary>
    public double Epsilon { get; init; } = 1e-3;

    /// <summary>The noise schedule whose reverse process sets the tokens of each step. Without a cache only.</summary>
    public NoiseSchedule Noise { get; init; } = NoiseSchedule.Linear;

    /// <summary>What is kept of earlier steps.</summary>
    public CacheMode Cache { get; init; }

    /// <summary>Tokens of a block, filled left to right, at least 1. Null: 32, or the canvas where that is smaller. With a cache only.</summary>
    public int? BlockSize { get; init; }

    /// <summary>The least confidence for <see cref="DreamAlgorithm.ConfidenceThreshold"/>, in [0, 1]; needed there.</summary>
    public double? Threshold { get; init; }

    /// <summary>
    /// The share of what earlier steps wrote in a block that each step but the last masks again, the least sure first, rounded up; in [0, 1)
    /// (after ReMDM, arXiv:2503.00307). 0 never does. A step masks fewer than it writes. Not with
    /// <see cref="DreamAlgorithm.Origin"/>; with a cache the logits must not be shifted.
    /// </summary>
    public double RemaskShare { get; init; }

    /// <summary>
    /// Does as the original where that falls short: the mask itself may be proposed, such masks may stay in the text, and padding in front
    /// of a row that begins with a mask tells what is written there. By default none of it happens.
    /// </summary>
    public bool AsOriginal { get; init; }

    /// <summary>
    /// Whether a row stops once an end token is written and no mask is left in front of it: padding takes the place of the rest, and its
    /// steps are saved.
    /// </summary>
    public bool EosEarlyStop { get; init; }

    /// <summary>The tokens that end a text, for <see cref="EosEarlyStop"/>.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>The seed of all draws: the same seed gives the same text. Null is 0.</summary>
    public long? Seed { get; init; }

    /// <summary>Draws in the original's order, so that its seeded results are reproduced; slower.</summary>
    public bool ReferenceRng { get; init; }

    /// <summary>How rows lie on the canvas that the sampler works on.</summary>
    public CanvasLayout Layout => CanvasLayout.Right;

    /// <summary>Whether anything is drawn at random.</summary>
    internal bool IsRandom =>
        Temperature > 0 || Algorithm == DreamAlgorithm.Origin || DrawsPositions || (StochasticTransfer && Cache == CacheMode.None);

    /// <summary>Whether positions are drawn by their confidence.</summary>
    internal bool DrawsPositions =>
        AlgorithmTemperature > 0 && Algorithm is not (DreamAlgorithm.Origin or DreamAlgorithm.ConfidenceThreshold);

    /// <summary>Whether the steps of a block follow times, not a noise schedule.</summary>
    internal bool FollowsTimes => Algorithm == DreamAlgorithm.Origin || (Cache != CacheMode.None && Algorithm != DreamAlgorithm.ConfidenceThreshold);

    /// <summary>Checks the options.</summary>
    /// <exception cref="DllmException">One is out of its range, or two contradict each other.</exception>
    public void Validate()
    {
        if (Cache == CacheMode.Refresh)
            throw new DllmException("Dream's sampler has no cache that is computed anew at intervals", "use none, prefix or dual, or the sampler of Fast-dLLM");
        OptionChecks.RequireAtLeastOne(Steps, "steps");
        OptionChecks.RequireAtLeastOne(MaxNewTokens, "new tokens");
        OptionChecks.RequireAtLeastOne(MaxLength, "the maximum length");
        OptionChecks.RequireAtLeastOne(BlockSize, "the block size");
        OptionChecks.RequireAtLeastOne(TopK, "top-k");
        OptionChecks.RequireFromZero(Temperature, "the temperature");
        OptionChecks.RequireFromZero(AlgorithmTemperature, "the temperature of the algorithm");
        OptionChecks.RequireRemaskShare(RemaskShare, hasConfidence: Algorithm != DreamAlgorithm.Origin);
        OptionChecks.RequireFirstTokenInReach(RemaskShare, Cache, RightShiftLogits);
        OptionChecks.RequireFromZero(CfgScale, "the guidance scale");
        if (!(TopP > 0 && TopP <= 1)) throw new DllmException($"top-p is {TopP}, but must be above 0 and at most 1", "use 1 to keep all tokens");
        if (!(Epsilon > 0 && Epsilon < 1)) throw new DllmException($"epsilon is {Epsilon}, but must be above 0 and below 1", "use 0.001");
        if (Threshold is double threshold && !(threshold >= 0 && threshold <= 1))
            throw new DllmException($"the threshold is {Threshold}, but must be from 0 to 1");
        if (!Enum.IsDefined(Algorithm)) throw new DllmException($"there is no algorithm {Algorithm}");
        if (!Enum.IsDefined(Cache)) throw new DllmException($"there is no cache {Cache}");
        if (Algorithm == DreamAlgorithm.ConfidenceThreshold && Threshold is null)
            throw new DllmException("the confidence threshold is missing", "give a threshold, for instance 0.9, or choose another algorithm");
        if (CfgScale > 0 && Cache != CacheMode.None)
            throw new DllmException("guidance does not go together with a cache", "leave one out");
    }

    /// <summary>The tokens to write behind prompts of which the longest has <paramref name="longestPrompt"/> tokens.</summary>
    /// <exception cref="DllmException">The prompt fills <see cref="MaxLength"/> already.</exception>
    public int NewTokens(int longestPrompt) => OptionChecks.NewTokens(longestPrompt, MaxNewTokens, MaxLength, DefaultNewTokens);

    /// <summary>The block size on a canvas: all of it without a cache, or where a text to fill in is shorter than a block.</summary>
    /// <exception cref="DllmException"><see cref="BlockSize"/> is larger than what is to be written behind prompts.</exception>
    public int BlockSizeFor(Canvas canvas) =>
        Cache == CacheMode.None ? canvas.Span : OptionChecks.BlockSizeFor(canvas, BlockSize, DefaultBlockSize);

    /// <summary>Options that were set but change nothing beside the others, one sentence each; empty if all of them count.</summary>
    public IReadOnlyList<string> FindUnused()
    {
        var unused = new List<string>();
        if (MaxLength is not null && MaxNewTokens is not null)
            unused.Add("the maximum length has no effect beside the number of new tokens");
        if (BlockSize is not null && Cache == CacheMode.None) unused.Add("the block size has no effect without a cache");
        if (Threshold is not null && Algorithm != DreamAlgorithm.ConfidenceThreshold)
            unused.Add("the threshold has no effect but with the algorithm confidence_threshold");
        if (AlgorithmTemperature > 0 && !DrawsPositions)
            unused.Add("the temperature of the algorithm has no effect with origin and confidence_threshold");
        if (StochasticTransfer && (FollowsTimes || Cache != CacheMode.None))
            unused.Add("stochastic transfer has no effect with origin or a cache: the times set the number of tokens");
        if (EosEarlyStop && EndTokenIds.Count == 0) unused.Add("the early stop has no effect: no end token is known");
        if (RemaskShare > 0 && Algorithm != DreamAlgorithm.ConfidenceThreshold && MaxLength is null && Steps >= (MaxNewTokens ?? DefaultNewTokens))
            unused.Add(OptionChecks.RemasksNothing);
        if (Seed is not null && !IsRandom) unused.Add("the seed has no effect: nothing is drawn at random");
        if (ReferenceRng && !IsRandom) unused.Add("the reference order of draws has no effect: nothing is drawn at random");
        return unused;
    }
}
