using Dllm.Diffusion;

namespace Dllm.Sampling;

/// <summary>How <see cref="EditFlowSampler"/> samples. Names and defaults are those of the original's EditFlowSamplerConfig unless said otherwise.</summary>
public sealed record EditFlowOptions
{
    /// <summary>The time of a step, above 0, at most 1: a text is made in about 1/τ steps.</summary>
    public double Tau { get; init; } = 0.01;

    /// <summary>Sampling ends when no more than this is left of the time from 0 to 1: at least 0, below 1.</summary>
    public double TimeEpsilon { get; init; } = 1e-3;

    /// <summary>Masks put behind each prompt to start from, at least 0. They may be replaced, deleted, or followed by insertions.</summary>
    public int MaskLength { get; init; } = 128;

    /// <summary>The randomness of the tokens written: 0 takes the most probable token, 1 draws from the model's distribution.</summary>
    public double Temperature { get; init; }

    /// <summary>Lets edits change the prompt too, or the text around the gaps.</summary>
    public bool EditPrompt { get; init; }

    /// <summary>
    /// Whether the model does not read the time, as the published ones do not: a step without an edit then needs no new prediction.
    /// </summary>
    public bool TimeIndependent { get; init; } = true;

    /// <summary>
    /// Replaces or deletes, whichever is faster, the masks that are left when the time is over. The original leaves them in the text.
    /// </summary>
    public bool FillRemainingMasks { get; init; } = true;

    /// <summary>How far a text has come at a time. The original's sampler knows the linear one only.</summary>
    public KappaSchedule Kappa { get; init; } = KappaSchedule.Linear;

    /// <summary>The seed of all draws: the same seed gives the same text. Null is 0. A row's draws do not depend on other rows.</summary>
    public long? Seed { get; init; }

    /// <summary>Draws tokens as the original does: V numbers for each token written instead of one. The first row repeats its results.</summary>
    public bool ReferenceRng { get; init; }

    /// <summary>Checks every option by itself.</summary>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public void Validate()
    {
        if (!(Tau > 0 && Tau <= 1)) throw new DllmException($"tau is {Tau}, but must be above 0 and at most 1", "use 0.01");
        if (!(TimeEpsilon >= 0 && TimeEpsilon < 1))
            throw new DllmException($"the time epsilon is {TimeEpsilon}, but must be at least 0 and below 1", "use 0.001");
        if (MaskLength < 0) throw new DllmException($"{MaskLength} masks were asked for", "ask for 0 or more");
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw new DllmException($"the temperature is {Temperature}, but must be 0 or more, and finite");
    }

    /// <summary>Options that were set but change nothing beside the others, one sentence each; empty if all of them count.</summary>
    public IReadOnlyList<string> FindUnused() => ReferenceRng && Temperature == 0
        ? ["the reference order of draws has no effect at temperature 0: it concerns the tokens only"]
        : [];

    /// <summary>The time at the beginning of each step.</summary>
    internal double[] Times()
    {
        var times = new List<double>();
        var most = (int)Math.Ceiling(1 / Math.Max(Tau, 1e-9));
        for (var t = 0.0; times.Count < most && t < 1 - TimeEpsilon; t = Math.Min(1, t + Tau)) times.Add(t);
        return [.. times];
    }
}
