namespace Dllm.Training;

/// <summary>Settings that only some shapes of the learning rate read; names and defaults as in transformers (<c>lr_scheduler_kwargs</c>).</summary>
public sealed record LrSchedulerOptions
{
    /// <summary>Cosines in the run, above 0. Null: 0.5 (half a cosine, down to 0), or 1 where it restarts.</summary>
    public double? NumCycles { get; init; }

    /// <summary>Exponent of the polynomial, above 0; default 1.</summary>
    public double Power { get; init; } = 1;

    /// <summary>Rate at the end of the polynomial, below the learning rate; default 1e-7.</summary>
    public double LrEnd { get; init; } = 1e-7;

    /// <summary>Fraction of the rate that is left at the end of <see cref="LrSchedulerType.CosineWithMinLr"/>, in [0, 1]; default 0.</summary>
    public double MinLrRate { get; init; }

    /// <summary>Steps of the plateau of <see cref="LrSchedulerType.WarmupStableDecay"/>. Null: what warm-up and decay leave.</summary>
    public int? NumStableSteps { get; init; }

    /// <summary>Steps of the decay of <see cref="LrSchedulerType.WarmupStableDecay"/>. Null: a tenth of the run.</summary>
    public int? NumDecaySteps { get; init; }

    /// <summary>Fraction of the rate at which <see cref="LrSchedulerType.WarmupStableDecay"/> starts and ends, in [0, 1]; default 0.</summary>
    public double MinLrRatio { get; init; }

    /// <summary>Time scale of <see cref="LrSchedulerType.InverseSqrt"/>, in steps. Null: the warm-up, or 10,000 without one.</summary>
    public int? Timescale { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="DllmException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Above(NumCycles ?? 1, 0, "num_cycles");
        OptionRange.Above(Power, 0, "power");
        OptionRange.Within(LrEnd, 0, double.MaxValue, "lr_end");
        OptionRange.Within(MinLrRate, 0, 1, "min_lr_rate");
        OptionRange.Within(MinLrRatio, 0, 1, "min_lr_ratio");
        OptionRange.Within(NumStableSteps ?? 0, 0, int.MaxValue, "num_stable_steps");
        OptionRange.Within(NumDecaySteps ?? 0, 0, int.MaxValue, "num_decay_steps");
        OptionRange.Within(Timescale ?? 1, 1, int.MaxValue, "timescale");
    }
}
