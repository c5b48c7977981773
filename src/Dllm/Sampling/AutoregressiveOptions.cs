namespace Dllm.Sampling;

/// <summary>How <see cref="AutoregressiveSampler"/> samples. A row's draws do not depend on the rows beside it.</summary>
public sealed record AutoregressiveOptions : SamplerOptions
{
    /// <inheritdoc/>
    public override IReadOnlyList<SamplerOption> Supported => All;

    /// <inheritdoc/>
    public override bool IsRandom => Temperature > 0;

    /// <inheritdoc/>
    protected override SamplerOptions Defaults => new AutoregressiveOptions();

    /// <inheritdoc/>
    protected override IEnumerable<UnusedOption> Unused()
    {
        foreach (var unused in base.Unused()) yield return unused;
        if (IsRandom) yield break;
        yield return new(SamplingOption.TopP, "at temperature 0");
        yield return new(SamplingOption.TopK, "at temperature 0");
    }

    // Static members are made from the top: these come after the options above.
    private static readonly IReadOnlyList<SamplerOption> All =
    [
        SamplingOption.MaxNewTokens, SamplingOption.MaxLength, SamplingOption.Temperature, SamplingOption.TopP, SamplingOption.TopK,
        SamplingOption.Seed,
    ];
}
