namespace Dllm.Sampling;

/// <summary>How <see cref="Llada2Sampler"/> samples. Names and defaults are those of the original's LLaDA2SamplerConfig unless said otherwise.</summary>
public sealed record Llada2Options : BlockCausalOptions
{
    /// <summary>Tokens to write behind each prompt, at least 1; rounded up to the end of the last block.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>Steps of a block, at least 1, at most the new tokens / <see cref="MinimalTopk"/>; its tokens are shared out evenly.</summary>
    public int StepsPerBlock { get; init; } = 32;

    /// <summary>Bounds the steps of a block: each commits about this many tokens or more, at least 1.</summary>
    public int MinimalTopk { get; init; } = 1;

    /// <summary>
    /// The share of what earlier steps wrote in a block that each step but the last masks again, the least sure first, rounded up; in [0, 1)
    /// (after ReMDM, arXiv:2503.00307). 0 never does. A step masks fewer than it writes.
    /// </summary>
    public double RemaskShare { get; init; }

    /// <summary>The steps of a block, after <see cref="MinimalTopk"/>.</summary>
    internal int EffectiveStepsPerBlock => Math.Min(StepsPerBlock, MaxNewTokens / MinimalTopk);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        OptionChecks.RequireAtLeastOne(MaxNewTokens, "new tokens");
        OptionChecks.RequireAtLeastOne(StepsPerBlock, "steps per block");
        OptionChecks.RequireAtLeastOne(MinimalTopk, "the minimal top-k");
        OptionChecks.RequireRemaskShare(RemaskShare, hasConfidence: true);
        if (EffectiveStepsPerBlock == 0)
        {
            throw new DllmException(
                $"the minimal top-k of {MinimalTopk} leaves no step for {MaxNewTokens} new tokens", $"use at most {MaxNewTokens}");
        }
    }
}
