using Dllm.Diffusion;

namespace Dllm.Sampling;

public abstract partial record SamplerOptions
{
    /// <summary>By what the proposals to keep are chosen.</summary>
    public Remasking Remasking { get; init; } = Remasking.LowConfidence;

    /// <summary>Draws the number of tokens of each step instead of rounding the expected number.</summary>
    public bool StochasticTransfer { get; init; }

    /// <summary>The noise schedule whose reverse process sets the tokens of each step.</summary>
    public NoiseSchedule Noise { get; init; } = NoiseSchedule.Linear;

    /// <summary>Commits every proposal that is as probable as this, from 0 to 1 (Fast-dLLM, arXiv:2505.22618). Null: a number of them.</summary>
    public double? Threshold { get; init; }

    /// <summary>
    /// Writes in a step as many tokens as depend little on each other, by the bound on their entropies in nats, at least 0 (EB-Sampler,
    /// arXiv:2505.24857). Null: as many as the steps say.
    /// </summary>
    public double? EntropyBound { get; init; }

    /// <summary>
    /// The share of a block's tokens from which on a row goes on to the next block while this one is not done, in (0, 1] (multi-block decoding
    /// after D2F, arXiv:2508.09192). 1 and null are block by block. Needs a policy by which the model decides how many tokens a step writes.
    /// </summary>
    public double? BlockAddThreshold { get; init; }

    /// <summary>
    /// The share of what earlier steps wrote in a block that each step but the last masks again, the least sure first, rounded up; in [0, 1)
    /// (after ReMDM, arXiv:2503.00307). 0 never does. A step masks fewer than it writes.
    /// </summary>
    public double RemaskShare { get; init; }

    /// <summary>Whether proposals are committed by how sure they are.</summary>
    private protected virtual bool HasConfidence => Remasking != Remasking.Random;

    /// <summary>Whether the model, not a schedule, decides how many tokens a step commits.</summary>
    private protected virtual bool IsDecidedByModel => EntropyBound is not null;

    private void CheckRemasking()
    {
        if (RemaskShare > 0 && !HasConfidence)
        {
            throw new DllmException(
                "remasking goes by confidence, which positions chosen at random have none of",
                "leave out `remask`, or choose positions by confidence");
        }

        if (RemaskShare > 0 && Cache != CacheMode.None && RightShiftLogits)
        {
            throw new DllmException(
                $"remask is {RemaskShare} with the cache {Cache.ToString().ToLowerInvariant()} and logits read one place to the left: "
                + "the first token of a block, once written, cannot be predicted from what the cache leaves to read",
                "leave out `remask` or use-cache");
        }

        if (BlockAddThreshold is not null && !IsDecidedByModel)
        {
            throw new DllmException(
                "block-add-threshold needs an option by which the model decides how many tokens a step writes: the usual schedule is made for one block",
                "give entropy-bound, `threshold` or `factor` too");
        }
    }

    // After a step that writes one token nothing is masked again.
    private protected IEnumerable<UnusedOption> RemaskingWithoutEffect(int? steps, bool isScheduled)
    {
        if (isScheduled && MaxLength is null && steps >= (MaxNewTokens ?? DefaultNewTokens))
            yield return new(SamplingOption.Remask, "where a step writes one token: ask for fewer steps than new tokens");
    }
}

public static partial class SamplingOption
{
    /// <summary><see cref="SamplerOptions.Remasking"/>.</summary>
    public static SamplerOption Remasking { get; } = SamplerOption.Of<SamplerOptions, Remasking>(
        "remasking", "By what the tokens to keep are chosen", OptionValue.Choice<Remasking>(), o => o.Remasking, (o, value) => o with { Remasking = value });

    /// <summary><see cref="SamplerOptions.StochasticTransfer"/>.</summary>
    public static SamplerOption StochasticTransfer { get; } = SamplerOption.Of<SamplerOptions, bool>(
        "stochastic-transfer", "Draw the number of tokens of each step instead of rounding the expected one",
        OptionValue.Switch, o => o.StochasticTransfer, (o, value) => o with { StochasticTransfer = value });

    /// <summary><see cref="SamplerOptions.Threshold"/>.</summary>
    public static SamplerOption Threshold { get; } = SamplerOption.Of<SamplerOptions, double?>(
        "threshold", "Commit every proposal that is as probable as this",
        OptionValue.Probability.OrNone(), o => o.Threshold, (o, value) => o with { Threshold = value });

    /// <summary><see cref="SamplerOptions.EntropyBound"/>.</summary>
    public static SamplerOption EntropyBound { get; } = SamplerOption.Of<SamplerOptions, double?>(
        "entropy-bound", "Write in a step as many tokens as depend little on each other: EB-Sampler's bound, in nats, such as 0.1",
        OptionValue.Number().OrNone(), o => o.EntropyBound, (o, value) => o with { EntropyBound = value });

    /// <summary><see cref="SamplerOptions.BlockAddThreshold"/>.</summary>
    public static SamplerOption BlockAddThreshold { get; } = SamplerOption.Of<SamplerOptions, double?>(
        "block-add-threshold", "Begin the next block when this share of one is written, such as 0.5; with an entropy bound, a threshold or a factor",
        OptionValue.Number(new NumberRange(0, 1) { AboveLeast = true }).OrNone(),
        o => o.BlockAddThreshold, (o, value) => o with { BlockAddThreshold = value });

    /// <summary><see cref="SamplerOptions.RemaskShare"/>.</summary>
    public static SamplerOption Remask { get; } = SamplerOption.Of<SamplerOptions, double>(
        "remask", "Share of the tokens written that is masked again after each step, the least sure first (ReMDM), such as 0.1",
        OptionValue.Number(new NumberRange(0, 1) { BelowMost = true }), o => o.RemaskShare, (o, value) => o with { RemaskShare = value });
}
