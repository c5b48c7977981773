namespace Dllm.Sampling;

/// <summary>How <see cref="MdlmSampler"/> samples. Names and defaults are those of the original's MDLMSamplerConfig unless said otherwise.</summary>
public sealed record MdlmSamplerOptions : SamplerOptions
{
    /// <summary>The block size where none is given, or all new tokens where those are fewer.</summary>
    public const int DefaultBlockSize = 128;

    /// <inheritdoc/>
    public override IReadOnlyList<SamplerOption> Supported => All;

    /// <inheritdoc/>
    public override bool IsRandom => Temperature > 0 || Remasking == Remasking.Random || StochasticTransfer;

    /// <inheritdoc/>
    protected override SamplerOptions Defaults => new MdlmSamplerOptions();

    /// <summary>The block size on a canvas.</summary>
    /// <exception cref="DllmException">The size given is larger than what is to be written after the prompts.</exception>
    public int BlockSizeFor(Canvas canvas) => BlockSizeFor(canvas, DefaultBlockSize);

    /// <inheritdoc/>
    public override string Describe(SamplerOption option) =>
        option == SamplingOption.BlockSize && BlockSize is null ? $"{DefaultBlockSize} at most" : base.Describe(option);

    /// <inheritdoc/>
    protected override IEnumerable<UnusedOption> Unused()
    {
        foreach (var unused in base.Unused()) yield return unused;
        if (Remasking == Remasking.Random) yield return new(SamplingOption.BeginSuppressTokens, "with random remasking");
        foreach (var unused in RemaskingWithoutEffect(Steps, isScheduled: EntropyBound is null)) yield return unused;
        if (EntropyBound is null) yield break;
        yield return new(SamplingOption.Steps, "with an entropy bound");
        yield return new(SamplingOption.BeginSuppressTokens, "with an entropy bound");
        yield return new(SamplingOption.StochasticTransfer, "with an entropy bound");
    }

    // Static members are made from the top: these come after the options above.
    private static readonly IReadOnlyList<SamplerOption> All =
    [
        SamplingOption.Steps, SamplingOption.MaxNewTokens, SamplingOption.MaxLength, SamplingOption.BlockSize, SamplingOption.Temperature,
        SamplingOption.Remasking, SamplingOption.StochasticTransfer, SamplingOption.EntropyBound, SamplingOption.BlockAddThreshold,
        SamplingOption.Remask, SamplingOption.EosEarlyStop, SamplingOption.CfgScale, SamplingOption.CfgKeepTokens,
        SamplingOption.SuppressTokens, SamplingOption.BeginSuppressTokens, SamplingOption.RightShiftLogits, SamplingOption.AsOriginal,
        SamplingOption.ReferenceRng, SamplingOption.Seed,
    ];
}
