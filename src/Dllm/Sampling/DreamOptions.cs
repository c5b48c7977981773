namespace Dllm.Sampling;

/// <summary>How <see cref="DreamSampler"/> samples. Names and defaults are those of the original's DreamSamplerConfig unless said otherwise.</summary>
public sealed record DreamOptions : SamplerOptions
{
    /// <summary>The block size where none is given, or all new tokens where those are fewer; with a cache only.</summary>
    public const int DefaultBlockSize = 32;

    /// <summary>Begins with the original's defaults.</summary>
    public DreamOptions() => (Steps, Temperature, TopK, RightShiftLogits) = (512, 1, 50, true);

    /// <inheritdoc/>
    public override IReadOnlyList<SamplerOption> Supported => All;

    /// <summary>By what the tokens of a step are chosen.</summary>
    public DreamAlgorithm Algorithm { get; init; } = DreamAlgorithm.Origin;

    /// <summary>The randomness of the positions that a step commits, at least 0; 0 takes the surest.</summary>
    public double AlgorithmTemperature { get; init; }

    /// <summary>The time at which the last step ends, above 0, below 1.</summary>
    public double Epsilon { get; init; } = 1e-3;

    /// <summary>How rows lie on the canvas that the sampler works on.</summary>
    public CanvasLayout Layout => CanvasLayout.Right;

    /// <inheritdoc/>
    public override bool IsRandom =>
        Temperature > 0 || Algorithm == DreamAlgorithm.Origin || DrawsPositions || (StochasticTransfer && Cache == CacheMode.None);

    /// <summary>Whether positions are drawn.</summary>
    internal bool DrawsPositions =>
        AlgorithmTemperature > 0 && Algorithm is not (DreamAlgorithm.Origin or DreamAlgorithm.ConfidenceThreshold);

    /// <summary>Whether the times set how many tokens a step commits.</summary>
    internal bool FollowsTimes => Algorithm == DreamAlgorithm.Origin || (Cache != CacheMode.None && Algorithm != DreamAlgorithm.ConfidenceThreshold);

    /// <inheritdoc/>
    protected override SamplerOptions Defaults => new DreamOptions();

    /// <inheritdoc/>
    protected override int DefaultNewTokens => 20;

    private protected override bool HasConfidence => Algorithm != DreamAlgorithm.Origin;

    private static SamplerOption AlgorithmOption { get; } = SamplerOption.Of<DreamOptions, DreamAlgorithm>(
        "alg", "Which of Dream's rules orders the proposals",
        OptionValue.Choice(new Dictionary<DreamAlgorithm, string>
        {
            [DreamAlgorithm.Origin] = "origin",
            [DreamAlgorithm.MaskGitPlus] = "maskgit_plus",
            [DreamAlgorithm.TopKMargin] = "topk_margin",
            [DreamAlgorithm.Entropy] = "entropy",
            [DreamAlgorithm.ConfidenceThreshold] = "confidence_threshold",
        }),
        o => o.Algorithm, (o, value) => o with { Algorithm = value });

    private static SamplerOption AlgorithmTemperatureOption { get; } = SamplerOption.Of<DreamOptions, double>(
        "alg-temp", "Randomness of the positions that Dream commits",
        OptionValue.Number(), o => o.AlgorithmTemperature, (o, value) => o with { AlgorithmTemperature = value });

    private static SamplerOption EpsilonOption { get; } = SamplerOption.Of<DreamOptions, double>(
        "eps", "The time at which Dream's last step ends",
        OptionValue.Number(new NumberRange(0, 1) { AboveLeast = true, BelowMost = true }), o => o.Epsilon, (o, value) => o with { Epsilon = value });

    /// <summary>The block size on a canvas.</summary>
    /// <exception cref="DllmException">The size given is larger than what is to be written after the prompts.</exception>
    public int BlockSizeFor(Canvas canvas) => Cache == CacheMode.None ? canvas.Span : BlockSizeFor(canvas, DefaultBlockSize);

    /// <inheritdoc/>
    public override string Describe(SamplerOption option) => option == SamplingOption.BlockSize && BlockSize is null
        ? Cache == CacheMode.None ? "one block" : $"{DefaultBlockSize} at most"
        : base.Describe(option);

    /// <inheritdoc/>
    protected override void CheckTogether()
    {
        if (Cache == CacheMode.Refresh)
            throw new DllmException("Dream's sampler has no cache that is computed anew at intervals", "use none, prefix or dual, or the sampler of Fast-dLLM");
        if (Algorithm == DreamAlgorithm.ConfidenceThreshold && Threshold is null)
            throw new DllmException("the confidence threshold is missing", "give a threshold, for instance 0.9, or choose another algorithm");
        if (CfgScale > 0 && Cache != CacheMode.None)
            throw new DllmException("guidance does not go together with a cache", "leave one out");
        base.CheckTogether();
    }

    /// <inheritdoc/>
    protected override IEnumerable<UnusedOption> Unused()
    {
        foreach (var unused in base.Unused()) yield return unused;
        foreach (var unused in RemaskingWithoutEffect(Steps, isScheduled: Algorithm != DreamAlgorithm.ConfidenceThreshold)) yield return unused;
        if (Cache == CacheMode.None) yield return new(SamplingOption.BlockSize, "without a cache");
        if (Algorithm != DreamAlgorithm.ConfidenceThreshold)
            yield return new(SamplingOption.Threshold, "but with the algorithm confidence_threshold");
        if (!DrawsPositions) yield return new(AlgorithmTemperatureOption, "with the algorithms origin and confidence_threshold");
        if (!FollowsTimes) yield return new(EpsilonOption, "but with the algorithm origin, or a cache");
        if (FollowsTimes || Cache != CacheMode.None)
            yield return new(SamplingOption.StochasticTransfer, "with the algorithm origin or a cache: the times set the number of tokens");
    }

    // Static members are made from the top: these come after the options above.
    private static readonly IReadOnlyList<SamplerOption> All =
    [
        SamplingOption.Steps, SamplingOption.MaxNewTokens, SamplingOption.MaxLength, SamplingOption.Cache, SamplingOption.BlockSize,
        AlgorithmOption, AlgorithmTemperatureOption, SamplingOption.Threshold, EpsilonOption, SamplingOption.Temperature, SamplingOption.TopP,
        SamplingOption.TopK, SamplingOption.StochasticTransfer, SamplingOption.CfgScale, SamplingOption.RightShiftLogits, SamplingOption.Remask,
        SamplingOption.EosEarlyStop, SamplingOption.AsOriginal, SamplingOption.ReferenceRng, SamplingOption.Seed,
    ];
}
