namespace Dllm.Sampling;

/// <summary>How <see cref="FastDllmSampler"/> samples. Names and defaults are those of the original's samplers of Fast-dLLM unless said otherwise.</summary>
public sealed record FastDllmOptions : SamplerOptions
{
    /// <summary>The block size where none is given, or all new tokens where those are fewer.</summary>
    public const int DefaultBlockSize = MdlmSamplerOptions.DefaultBlockSize;

    /// <inheritdoc/>
    public override IReadOnlyList<SamplerOption> Supported => All;

    /// <summary>Commits by Fast-dLLM's dynamic factor, above 0; null does not.</summary>
    public double? Factor { get; init; }

    /// <summary>With the cache <see cref="CacheMode.Refresh"/>: the steps after which everything is computed anew, at least 1.</summary>
    public int PromptInterval { get; init; } = 50;

    /// <summary>With the cache <see cref="CacheMode.Refresh"/>: the steps after which what follows the prompts is computed anew, at least 1.</summary>
    public int ResponseInterval { get; init; } = 4;

    /// <summary>How rows lie on the canvas that the sampler works on.</summary>
    public CanvasLayout Layout => Cache == CacheMode.None ? CanvasLayout.Left : CanvasLayout.Right;

    /// <inheritdoc/>
    public override bool IsRandom => Temperature > 0 || Remasking == Remasking.Random || (StochasticTransfer && IsScheduled);

    /// <summary>Whether a schedule says how many tokens a step commits.</summary>
    internal bool IsScheduled => Threshold is null && Factor is null && EntropyBound is null;

    /// <inheritdoc/>
    protected override SamplerOptions Defaults => new FastDllmOptions();

    private protected override bool IsDecidedByModel => !IsScheduled;

    private static SamplerOption FactorOption { get; } = SamplerOption.Of<FastDllmOptions, double?>(
        "factor", "Commit by Fast-dLLM's dynamic factor, such as 1",
        OptionValue.Number(new NumberRange { AboveLeast = true }).OrNone(), o => o.Factor, (o, value) => o with { Factor = value });

    private static SamplerOption PromptIntervalOption { get; } = SamplerOption.Of<FastDllmOptions, int>(
        "prompt-interval", "With the cache refresh: steps after which everything is computed anew",
        OptionValue.Whole(), o => o.PromptInterval, (o, value) => o with { PromptInterval = value });

    private static SamplerOption ResponseIntervalOption { get; } = SamplerOption.Of<FastDllmOptions, int>(
        "response-interval", "With the cache refresh: steps after which what follows the prompts is computed anew",
        OptionValue.Whole(), o => o.ResponseInterval, (o, value) => o with { ResponseInterval = value });

    /// <summary>The block size on a canvas.</summary>
    /// <exception cref="DllmException">The size given is larger than what is to be written after the prompts.</exception>
    public int BlockSizeFor(Canvas canvas) => BlockSizeFor(canvas, DefaultBlockSize);

    /// <inheritdoc/>
    public override string Describe(SamplerOption option) =>
        option == SamplingOption.BlockSize && BlockSize is null ? $"{DefaultBlockSize} at most" : base.Describe(option);

    /// <inheritdoc/>
    protected override void CheckTogether()
    {
        if (EntropyBound is not null && (Threshold is not null || Factor is not null))
            throw new DllmException("an entropy bound and a threshold or factor each say what a step writes", "leave out all but one");
        base.CheckTogether();
    }

    /// <inheritdoc/>
    protected override IEnumerable<UnusedOption> Unused()
    {
        foreach (var unused in base.Unused()) yield return unused;
        foreach (var unused in RemaskingWithoutEffect(Steps, IsScheduled)) yield return unused;
        if (Factor is not null) yield return new(SamplingOption.Threshold, "beside the factor");
        if (!IsScheduled) yield return new(SamplingOption.Steps, "with a threshold, a factor or an entropy bound");
        if (!IsScheduled) yield return new(SamplingOption.StochasticTransfer, "with a threshold, a factor or an entropy bound");
        if (Cache != CacheMode.Refresh) yield return new(PromptIntervalOption, "but with the cache refresh");
        if (Cache != CacheMode.Refresh) yield return new(ResponseIntervalOption, "but with the cache refresh");
        if (Cache == CacheMode.Refresh && ResponseInterval >= PromptInterval || PromptInterval == 1)
            yield return new(ResponseIntervalOption, "as all columns are computed anew as often");
        if (Remasking != Remasking.Random) yield break;
        yield return new(SamplingOption.Threshold, "of its own with random remasking: what reaches it is drawn");
        yield return new(FactorOption, "of its own with random remasking: what reaches it is drawn");
    }

    // Static members are made from the top: these come after the options above.
    private static readonly IReadOnlyList<SamplerOption> All =
    [
        SamplingOption.Steps, SamplingOption.MaxNewTokens, SamplingOption.MaxLength, SamplingOption.BlockSize, SamplingOption.Temperature,
        SamplingOption.Remasking, SamplingOption.StochasticTransfer, SamplingOption.SuppressTokens, SamplingOption.RightShiftLogits,
        SamplingOption.Cache, PromptIntervalOption, ResponseIntervalOption, SamplingOption.Threshold, FactorOption, SamplingOption.EntropyBound,
        SamplingOption.BlockAddThreshold, SamplingOption.Remask, SamplingOption.EosEarlyStop, SamplingOption.AsOriginal,
        SamplingOption.ReferenceRng, SamplingOption.Seed,
    ];
}
