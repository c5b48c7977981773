namespace Dllm.Sampling;

/// <summary>
/// How <see cref="Llada21Sampler"/> samples. Names and defaults are those of the original's LLaDA21SamplerConfig unless said otherwise. New
/// tokens are rounded up to the end of the last block.
/// </summary>
public sealed record Llada21Options : BlockCausalOptions
{
    /// <inheritdoc/>
    public override IReadOnlyList<SamplerOption> Supported => All;

    /// <summary>Replaces tokens written before in the block where another is more probable than this, from 0 to 1; 1 never does.</summary>
    public double EditingThreshold { get; init; } = 0.9;

    /// <summary>The most steps of a block after its last mask, at least 0: they edit.</summary>
    public int MaxPostSteps { get; init; } = 16;

    /// <summary>Masks that a step fills at least, at least 1.</summary>
    public int NumToTransfer { get; init; } = 1;

    /// <inheritdoc/>
    protected override SamplerOptions Defaults => new Llada21Options();

    private static SamplerOption EditingThresholdOption { get; } = SamplerOption.Of<Llada21Options, double>(
        "editing-threshold", "Replace a token of the block where another is more probable than this",
        OptionValue.Probability, o => o.EditingThreshold, (o, value) => o with { EditingThreshold = value });

    private static SamplerOption MaxPostStepsOption { get; } = SamplerOption.Of<Llada21Options, int>(
        "max-post-steps", "Editing steps after the last mask of a block",
        OptionValue.Whole(0, int.MaxValue), o => o.MaxPostSteps, (o, value) => o with { MaxPostSteps = value });

    private static SamplerOption NumToTransferOption { get; } = SamplerOption.Of<Llada21Options, int>(
        "num-to-transfer", "Masks that a step fills at least",
        OptionValue.Whole(most: int.MaxValue), o => o.NumToTransfer, (o, value) => o with { NumToTransfer = value });

    /// <inheritdoc/>
    protected override IEnumerable<UnusedOption> Unused()
    {
        foreach (var unused in base.Unused()) yield return unused;
        if (EditingThreshold == 1) yield return new(MaxPostStepsOption, "with an editing threshold of 1, which nothing exceeds");
        if (!EosEarlyStop) yield return new(SamplingOption.AsOriginal, "without an early stop");
    }

    // Static members are made from the top: these come after the options above.
    private static readonly IReadOnlyList<SamplerOption> All =
    [
        SamplingOption.MaxNewTokens, SamplingOption.MaxLength, SamplingOption.BlockSize, SamplingOption.Temperature, SamplingOption.TopP,
        SamplingOption.TopK, SamplingOption.Threshold, EditingThresholdOption, MaxPostStepsOption, NumToTransferOption,
        SamplingOption.EosEarlyStop, SamplingOption.AsOriginal, SamplingOption.ReferenceRng, SamplingOption.Seed,
    ];
}
