using Dllm.Diffusion;

namespace Dllm.Sampling;

/// <summary>How <see cref="EditFlowSampler"/> samples. Names and defaults are those of the original's EditFlowSamplerConfig unless said otherwise.</summary>
public sealed record EditFlowOptions : SamplerOptions
{
    /// <inheritdoc/>
    public override IReadOnlyList<SamplerOption> Supported => All;

    /// <summary>The time of a step, above 0, at most 1: a text is made in about 1/τ steps.</summary>
    public double Tau { get; init; } = 0.01;

    /// <summary>Sampling ends when no more than this is left of the time from 0 to 1: at least 0, below 1.</summary>
    public double TimeEpsilon { get; init; } = 1e-3;

    /// <summary>Masks put after each prompt to start from, at least 0. They may be replaced, deleted, or followed by insertions.</summary>
    public int MaskLength { get; init; } = 128;

    /// <summary>Lets edits change the prompt too, or the text around the gaps.</summary>
    public bool EditPrompt { get; init; }

    /// <summary>
    /// Whether the model does not read the time, as the published ones do not: a step without an edit then needs no new prediction.
    /// </summary>
    public bool TimeIndependent { get; init; } = true;

    /// <summary>How far a text has come at a time. The original's sampler knows the linear one only.</summary>
    public KappaSchedule Kappa { get; init; } = KappaSchedule.Linear;

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    internal override int LeastNewTokens => 0;

    /// <inheritdoc/>
    internal override SamplerOptions WithNewTokens(int tokens) => this with { MaskLength = tokens };

    /// <inheritdoc/>
    protected override SamplerOptions Defaults => new EditFlowOptions();

    private static SamplerOption TauOption { get; } = SamplerOption.Of<EditFlowOptions, double>(
        "tau", "The time of a step of Edit Flows",
        OptionValue.Number(new NumberRange(1d / OptionValue.Most, 1)), o => o.Tau, (o, value) => o with { Tau = value });

    private static SamplerOption TimeEpsilonOption { get; } = SamplerOption.Of<EditFlowOptions, double>(
        "time-epsilon", "How close to 1 the time of Edit Flows comes",
        OptionValue.Number(new NumberRange(0, 1) { BelowMost = true }), o => o.TimeEpsilon, (o, value) => o with { TimeEpsilon = value });

    /// <summary><see cref="MaskLength"/>.</summary>
    internal static SamplerOption MaskLengthOption { get; } = SamplerOption.Of<EditFlowOptions, int>(
        "mask-length", "Masks that Edit Flows begin with; the default is less where the model's context leaves less room",
        OptionValue.Whole(0), o => o.MaskLength, (o, value) => o with { MaskLength = value }, isLength: true);

    private static SamplerOption EditPromptOption { get; } = SamplerOption.Of<EditFlowOptions, bool>(
        "edit-prompt", "Let Edit Flows change the prompt too", OptionValue.Switch, o => o.EditPrompt, (o, value) => o with { EditPrompt = value });

    /// <inheritdoc/>
    protected override IEnumerable<UnusedOption> Unused()
    {
        foreach (var unused in base.Unused()) yield return unused;
        if (Temperature == 0) yield return new(SamplingOption.ReferenceRng, "at temperature 0: it concerns the tokens only");
    }

    /// <summary>The time at the beginning of each step.</summary>
    internal double[] Times()
    {
        var times = new List<double>();
        var most = (int)Math.Ceiling(1 / Math.Max(Tau, 1e-9));
        for (var t = 0.0; times.Count < most && t < 1 - TimeEpsilon; t = Math.Min(1, t + Tau)) times.Add(t);
        return [.. times];
    }

    // Static members are made from the top: these come after the options above.
    private static readonly IReadOnlyList<SamplerOption> All =
    [
        TauOption, TimeEpsilonOption, MaskLengthOption, SamplingOption.Temperature, EditPromptOption, SamplingOption.AsOriginal,
        SamplingOption.ReferenceRng, SamplingOption.Seed,
    ];
}
