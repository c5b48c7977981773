namespace Dllm.Training;

/// <summary>The shape of the learning rate over a run; names as in transformers (<c>lr_scheduler_type</c>).</summary>
public enum LrSchedulerType
{
    /// <summary>Warm-up, then down to 0 in a straight line.</summary>
    Linear,

    /// <summary>Warm-up, then down to 0 along half a cosine. The default.</summary>
    Cosine,

    /// <summary>Warm-up, then a cosine that starts over <see cref="LrSchedulerOptions.NumCycles"/> times.</summary>
    CosineWithRestarts,

    /// <summary>Warm-up, then a polynomial down to <see cref="LrSchedulerOptions.LrEnd"/>.</summary>
    Polynomial,

    /// <summary>The same rate always; no warm-up.</summary>
    Constant,

    /// <summary>Warm-up, then the same rate.</summary>
    ConstantWithWarmup,

    /// <summary>Warm-up, then one over the square root of the step.</summary>
    InverseSqrt,

    /// <summary>Warm-up, then half a cosine down to <see cref="LrSchedulerOptions.MinLrRate"/> of the rate.</summary>
    CosineWithMinLr,

    /// <summary>Warm-up, a plateau, then a decay over <see cref="LrSchedulerOptions.NumDecaySteps"/>.</summary>
    WarmupStableDecay,
}
