namespace Dllm.Sampling;

/// <summary>
/// How <see cref="Bd3lmSampler"/> samples. Names and defaults are those of the original's BD3LMSamplerConfig unless said otherwise. The block
/// size is the one that the model was trained with; rows always stop at a token of <see cref="SamplerOptions.EndTokenIds"/>.
/// </summary>
public sealed record Bd3lmOptions : SamplerOptions
{
    private const int DefaultBlockSize = 32;

    /// <summary>Begins with the original's defaults.</summary>
    public Bd3lmOptions() => BlockSize = DefaultBlockSize;

    /// <inheritdoc/>
    public override IReadOnlyList<SamplerOption> Supported => All;

    /// <inheritdoc/>
    public override bool IsRandom => Temperature > 0 || Remasking == Remasking.Random || StochasticTransfer;

    /// <summary>The columns of a block.</summary>
    internal int Block => BlockSize ?? DefaultBlockSize;

    /// <summary>How rows lie on the canvas that the sampler works on.</summary>
    public CanvasLayout Layout => CanvasLayout.PromptsBeforeBlocks(Block);

    /// <inheritdoc/>
    protected override SamplerOptions Defaults => new Bd3lmOptions();

    /// <inheritdoc/>
    public override string Describe(SamplerOption option) =>
        option == SamplingOption.StepsPerBlock && StepsPerBlock is null ? "what steps give" : base.Describe(option);

    /// <inheritdoc/>
    protected override IEnumerable<UnusedOption> Unused()
    {
        foreach (var unused in base.Unused()) yield return unused;
        int? steps = StepsPerBlock is null ? Steps : StepsPerBlock >= Block ? int.MaxValue : null;
        foreach (var unused in RemaskingWithoutEffect(steps, isScheduled: EntropyBound is null)) yield return unused;
        if (StepsPerBlock is not null) yield return new(SamplingOption.Steps, "beside steps-per-block");
        if (EntropyBound is null) yield break;
        yield return new(SamplingOption.Steps, "with an entropy bound");
        yield return new(SamplingOption.StepsPerBlock, "with an entropy bound");
        yield return new(SamplingOption.StochasticTransfer, "with an entropy bound");
    }

    // Static members are made from the top: these come after the options above.
    private static readonly IReadOnlyList<SamplerOption> All =
    [
        SamplingOption.Steps, SamplingOption.StepsPerBlock, SamplingOption.MaxNewTokens, SamplingOption.MaxLength, SamplingOption.BlockSize,
        SamplingOption.Temperature, SamplingOption.Remasking, SamplingOption.StochasticTransfer, SamplingOption.EntropyBound,
        SamplingOption.BlockAddThreshold, SamplingOption.Remask, SamplingOption.CfgScale, SamplingOption.CfgKeepTokens,
        SamplingOption.RightShiftLogits, SamplingOption.AsOriginal, SamplingOption.ReferenceRng, SamplingOption.Seed,
    ];
}
