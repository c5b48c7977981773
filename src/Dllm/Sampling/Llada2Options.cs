namespace Dllm.Sampling;

/// <summary>
/// How <see cref="Llada2Sampler"/> samples. Names and defaults are those of the original's LLaDA2SamplerConfig unless said otherwise. New
/// tokens are rounded up to the end of the last block; <see cref="SamplerOptions.StepsPerBlock"/> is at most the new tokens (in an infilling,
/// those of a block) / <see cref="MinimalTopk"/>.
/// </summary>
public sealed record Llada2Options : BlockCausalOptions
{
    private const int DefaultStepsPerBlock = 32;

    /// <summary>Begins with the original's defaults.</summary>
    public Llada2Options() => StepsPerBlock = DefaultStepsPerBlock;

    /// <inheritdoc/>
    public override IReadOnlyList<SamplerOption> Supported => All;

    /// <summary>Bounds the steps of a block: each commits about this many tokens or more, at least 1.</summary>
    public int MinimalTopk { get; init; } = 1;

    /// <summary>The steps of a block after a prompt, bounded by <see cref="MinimalTopk"/>.</summary>
    internal int EffectiveStepsPerBlock => Math.Min(StepsPerBlock ?? DefaultStepsPerBlock, NewTokens(0) / MinimalTopk);

    /// <summary>The steps of a block with gaps, where no number of new tokens is asked for: those of a block are shared out.</summary>
    internal int StepsPerGappedBlock => Math.Min(StepsPerBlock ?? DefaultStepsPerBlock, Math.Max(Block / MinimalTopk, 1));

    /// <inheritdoc/>
    protected override SamplerOptions Defaults => new Llada2Options();

    private static SamplerOption MinimalTopkOption { get; } = SamplerOption.Of<Llada2Options, int>(
        "minimal-topk", "Bounds the steps of a block: each commits about this many tokens or more",
        OptionValue.Whole(most: int.MaxValue), o => o.MinimalTopk, (o, value) => o with { MinimalTopk = value });

    /// <inheritdoc/>
    protected override void CheckTogether()
    {
        if (BlockAddThreshold < 1 && AsOriginal)
            throw new DllmException("block-add-threshold is not the original's", "leave out it or as-original");
        if (EffectiveStepsPerBlock == 0)
        {
            throw new SamplerOptionException(
                MinimalTopkOption, $"is {MinimalTopk}, which leaves no step for {NewTokens(0)} new tokens", $"use at most {NewTokens(0)}");
        }

        base.CheckTogether();
    }

    // Static members are made from the top: these come after the options above.
    private static readonly IReadOnlyList<SamplerOption> All =
    [
        SamplingOption.MaxNewTokens, SamplingOption.BlockSize, SamplingOption.StepsPerBlock, SamplingOption.Temperature, SamplingOption.TopP,
        SamplingOption.TopK, SamplingOption.Threshold, MinimalTopkOption, SamplingOption.BlockAddThreshold, SamplingOption.Remask,
        SamplingOption.EosEarlyStop, SamplingOption.AsOriginal, SamplingOption.ReferenceRng, SamplingOption.Seed,
    ];
}
