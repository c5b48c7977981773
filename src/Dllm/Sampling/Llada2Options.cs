namespace Dllm.Sampling;

/// <summary>How <see cref="Llada2Sampler"/> samples. Names and defaults are those of the original's LLaDA2SamplerConfig unless said otherwise.</summary>
public sealed record Llada2Options : BlockCausalOptions
{
    /// <summary>Tokens to write behind each prompt, at least 1; rounded up to the end of the last block.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>
    /// Steps of a block, at least 1, at most the new tokens (in an infilling, those of a block) / <see cref="MinimalTopk"/>; its tokens are
    /// shared out evenly.
    /// </summary>
    public int StepsPerBlock { get; init; } = 32;

    /// <summary>Bounds the steps of a block: each commits about this many tokens or more, at least 1.</summary>
    public int MinimalTopk { get; init; } = 1;

    /// <summary>
    /// The share of a block's tokens from which on a row goes on to the next block while this one is not done, in (0, 1] (multi-block decoding
    /// after D2F, arXiv:2508.09192). 1 is block by block; null too. A step then writes at least its share of one block, wherever the model is
    /// surest, and keys are kept of blocks that are done only.
    /// </summary>
    public double? BlockAddThreshold { get; init; }

    /// <summary>
    /// The share of what earlier steps wrote in a block that each step but the last masks again, the least sure first, rounded up; in [0, 1)
    /// (after ReMDM, arXiv:2503.00307). 0 never does. A step masks fewer than it writes.
    /// </summary>
    public double RemaskShare { get; init; }

    /// <summary>The steps of a block behind a prompt, after <see cref="MinimalTopk"/>.</summary>
    internal int EffectiveStepsPerBlock => Math.Min(StepsPerBlock, MaxNewTokens / MinimalTopk);

    /// <summary>The steps of a block with gaps, where no number of new tokens is asked for: those of a block are shared out.</summary>
    internal int StepsPerGappedBlock => Math.Min(StepsPerBlock, Math.Max(BlockSize / MinimalTopk, 1));

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        OptionChecks.RequireAtLeastOne(MaxNewTokens, "new tokens");
        OptionChecks.RequireAtLeastOne(StepsPerBlock, "steps per block");
        OptionChecks.RequireAtLeastOne(MinimalTopk, "the minimal top-k");
        OptionChecks.RequireBlockAddThreshold(BlockAddThreshold, isDecidedByModel: true);
        if (BlockAddThreshold < 1 && AsOriginal)
            throw new DllmException("a block-add threshold is not the original's", "leave out one of the two");
        OptionChecks.RequireRemaskShare(RemaskShare, hasConfidence: true);
        if (EffectiveStepsPerBlock == 0)
        {
            throw new DllmException(
                $"the minimal top-k of {MinimalTopk} leaves no step for {MaxNewTokens} new tokens", $"use at most {MaxNewTokens}");
        }
    }
}
