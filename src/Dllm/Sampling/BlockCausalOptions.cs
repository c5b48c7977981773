namespace Dllm.Sampling;

/// <summary>What the samplers of LLaDA2.x share: blocks that see those before them, and a threshold.</summary>
public abstract record BlockCausalOptions : SamplerOptions
{
    private const int DefaultBlockSize = 32;
    private const double DefaultThreshold = 0.95;

    private protected BlockCausalOptions() => (BlockSize, Threshold) = (DefaultBlockSize, DefaultThreshold);

    /// <summary>How rows lie on the canvas that the sampler works on.</summary>
    public CanvasLayout Layout => CanvasLayout.RowsInBlocks(Block);

    /// <inheritdoc/>
    public override bool IsRandom => Temperature > 0;

    /// <summary>The columns of a block.</summary>
    internal int Block => BlockSize ?? DefaultBlockSize;

    /// <summary>From which probability on a proposal is committed.</summary>
    internal double SureFrom => Threshold ?? DefaultThreshold;

    /// <summary>The tokens that end a row early; none where it does not.</summary>
    internal IReadOnlyList<int> Ends => EosEarlyStop ? EndTokenIds : [];

    private protected override bool IsDecidedByModel => true;

    /// <inheritdoc/>
    protected override IEnumerable<UnusedOption> Unused()
    {
        foreach (var unused in base.Unused()) yield return unused;
        if (Temperature > 0) yield break;
        yield return new(SamplingOption.TopP, "at temperature 0");
        yield return new(SamplingOption.TopK, "at temperature 0");
    }
}
