using System.Globalization;
using Dllm.Diffusion;

namespace Dllm.Training;

/// <summary>Settings of <see cref="MdlmObjective"/>; names and defaults are the original's (<c>MDLMConfig</c>).</summary>
public sealed record MdlmObjectiveOptions
{
    /// <summary>Earliest diffusion time, in (0, 1), so that the weight 1/t stays finite; default 0.001.</summary>
    public double TimeEpsilon { get; init; } = 1e-3;

    /// <summary>
    /// Last diffusion time, above the first and at most 1, the default. The original has no such option: masked-language modelling, as an
    /// encoder is pre-trained, masks a narrow range only.
    /// </summary>
    public double TimeEnd { get; init; } = 1;

    /// <summary>How masked tokens are weighted; default by the schedule.</summary>
    public LossWeighting LossWeightType { get; init; } = LossWeighting.Schedule;

    /// <summary>What the loss is divided by; default the batch's maskable tokens.</summary>
    public LossNormalization LossNormType { get; init; } = LossNormalization.Token;

    /// <summary>
    /// Whether the model predicts one place to the left, as those adapted from autoregressive models do; default false. Logits are then shifted
    /// right, and a begin-of-sequence token is put before the rows unless no row's first token is to be learnt.
    /// </summary>
    public bool RightShiftLogits { get; init; }

    /// <summary>The noise schedule; default linear.</summary>
    public NoiseSchedule Schedule { get; init; } = NoiseSchedule.Linear;

    /// <summary>All of them in one line.</summary>
    internal string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"mdlm, times {TimeEpsilon} to {TimeEnd}, {Schedule.ShortName} schedule, weights {LossWeightType.Name}, norm {LossNormType}")
        + (RightShiftLogits ? ", shifted right" : "");

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="DllmException">A value is out of its range.</exception>
    public void Validate()
    {
        if (TimeEpsilon is not (> 0 and < 1))
            throw new DllmException($"time_epsilon is {TimeEpsilon}, but must lie between 0 and 1", "0.001 is the usual value");
        if (!(TimeEnd > TimeEpsilon && TimeEnd <= 1))
            throw new DllmException($"time_end is {TimeEnd}, but must lie above time_epsilon, {TimeEpsilon}, and be at most 1", "1 is the usual value");
    }
}
