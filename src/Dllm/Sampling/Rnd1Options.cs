namespace Dllm.Sampling;

/// <summary>
/// How <see cref="Rnd1Sampler"/> samples. Names and defaults are those of the original's diffusion_sample unless said otherwise. The last of the
/// new tokens is the end token. The temperature divides the logits: entropies, by which positions are chosen, come after it, also where tokens
/// are not drawn.
/// </summary>
public sealed record Rnd1Options : SamplerOptions
{
    private const int DefaultLength = 256;

    /// <summary>Begins with the original's defaults.</summary>
    public Rnd1Options() => (Steps, MaxLength, Temperature) = (256, DefaultLength, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<SamplerOption> Supported => All;

    /// <summary>Takes the most probable token; else draws from the distribution.</summary>
    public bool Greedy { get; init; } = true;

    /// <inheritdoc/>
    public override bool IsRandom => !Greedy && Temperature > 0;

    /// <inheritdoc/>
    internal override int LeastNewTokens => 2; // the last is the end token

    /// <inheritdoc/>
    protected override SamplerOptions Defaults => new Rnd1Options();

    /// <inheritdoc/>
    protected override int DefaultNewTokens => DefaultLength;

    private static SamplerOption GreedyOption { get; } = SamplerOption.Of<Rnd1Options, bool>(
        "greedy", "Take the most probable token", OptionValue.Switch, o => o.Greedy, (o, value) => o with { Greedy = value });

    /// <inheritdoc/>
    protected override IEnumerable<UnusedOption> Unused()
    {
        foreach (var unused in base.Unused()) yield return unused;
        if (!Greedy && Temperature == 0) yield return new(GreedyOption, "at temperature 0: the most probable token is taken");
    }

    // Static members are made from the top: these come after the options above.
    private static readonly IReadOnlyList<SamplerOption> All =
    [
        SamplingOption.Steps, SamplingOption.MaxNewTokens, SamplingOption.MaxLength, GreedyOption, SamplingOption.Temperature, SamplingOption.TopK,
        SamplingOption.TopP, SamplingOption.AsOriginal, SamplingOption.ReferenceRng, SamplingOption.Seed,
    ];
}
