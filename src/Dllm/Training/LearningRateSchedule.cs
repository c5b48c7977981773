namespace Dllm.Training;

/// <summary>
/// The learning rate of every optimiser step of a run: a pure function of the step, so resuming needs no state. The formulas are
/// those of transformers' <c>get_scheduler</c>.
/// </summary>
public sealed class LearningRateSchedule
{
    private readonly LrSchedulerType _type;
    private readonly LrSchedulerOptions _options;
    private readonly double _baseRate;
    private readonly int _warmup;
    private readonly int _total;

    /// <summary>Makes the schedule of a run.</summary>
    /// <param name="type">Its shape.</param>
    /// <param name="baseRate">Highest rate.</param>
    /// <param name="warmupSteps">Steps until that rate is reached, 0 or more.</param>
    /// <param name="totalSteps">Steps of the run, 1 or more.</param>
    /// <param name="options">Settings that only some shapes read; null: the defaults.</param>
    public LearningRateSchedule(LrSchedulerType type, double baseRate, int warmupSteps, int totalSteps, LrSchedulerOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        _options = options ?? new LrSchedulerOptions();
        _options.Validate();
        if (type == LrSchedulerType.Polynomial && _options.LrEnd >= baseRate)
            throw new DllmException($"lr_end is {_options.LrEnd}, but must be below the learning rate, {baseRate}", "choose a lower lr_end");
        (_type, _baseRate, _warmup, _total) = (type, baseRate, warmupSteps, totalSteps);
    }

    /// <summary>Makes the schedule that <paramref name="options"/> ask for.</summary>
    public LearningRateSchedule(TrainingOptions options, int totalSteps)
        : this(
            options.LrSchedulerType,
            options.LearningRate,
            options.WarmupSteps > 0 ? options.WarmupSteps : WarmupSteps(totalSteps, options.WarmupRatio),
            totalSteps,
            options.LrScheduler)
    {
    }

    /// <summary>Steps of warm-up: the fraction <paramref name="ratio"/> of all, rounded up.</summary>
    public static int WarmupSteps(int totalSteps, double ratio) => (int)Math.Ceiling(totalSteps * ratio);

    /// <summary>The rate of optimiser step <paramref name="step"/>, counted from 0. Steps beyond the run are allowed.</summary>
    public double At(int step) => _baseRate * Factor(step);

    private double Factor(int step) => _type switch
    {
        LrSchedulerType.Constant => 1,
        LrSchedulerType.WarmupStableDecay => WarmupStableDecay(step),
        _ when step < _warmup => (double)step / _warmup,
        LrSchedulerType.ConstantWithWarmup => 1,
        LrSchedulerType.Linear => Math.Max(0, (double)(_total - step) / Math.Max(1, _total - _warmup)),
        LrSchedulerType.Cosine => Cosine(Decayed(step), _options.NumCycles ?? 0.5),
        LrSchedulerType.CosineWithRestarts when Decayed(step) >= 1 => 0,
        LrSchedulerType.CosineWithRestarts => Cosine((_options.NumCycles ?? 1) * Decayed(step) % 1, 0.5),
        LrSchedulerType.CosineWithMinLr =>
            Math.Max(0, (HalfCosine(Decayed(step), _options.NumCycles ?? 0.5) * (1 - _options.MinLrRate)) + _options.MinLrRate),
        LrSchedulerType.Polynomial => Polynomial(step),
        LrSchedulerType.InverseSqrt => InverseSqrt(step),
        _ => throw new ArgumentOutOfRangeException(nameof(step), _type, "unknown shape"),
    };

    // How much of the way from the end of the warm-up to the end of the run is done.
    private double Decayed(int step) => (double)(step - _warmup) / Math.Max(1, _total - _warmup);

    private static double Cosine(double progress, double cycles) => Math.Max(0, HalfCosine(progress, cycles));

    private static double HalfCosine(double progress, double cycles) => 0.5 * (1 + Math.Cos(Math.PI * cycles * 2 * progress));

    private double Polynomial(int step)
    {
        if (step > _total)
            return _options.LrEnd / _baseRate;
        var left = 1 - Decayed(step);
        return (((_baseRate - _options.LrEnd) * Math.Pow(left, _options.Power)) + _options.LrEnd) / _baseRate;
    }

    private double InverseSqrt(int step)
    {
        var scale = _options.Timescale ?? (_warmup > 0 ? _warmup : 10_000);
        return 1 / Math.Sqrt((double)(step + scale - _warmup) / scale);
    }

    private double WarmupStableDecay(int step)
    {
        var decaySteps = _options.NumDecaySteps ?? Math.Max(1, _total / 10);
        var stableSteps = _options.NumStableSteps ?? Math.Max(0, _total - _warmup - decaySteps);
        double factor;
        if (step < _warmup)
            factor = (double)step / _warmup;
        else if (step < _warmup + stableSteps)
            return 1;
        else if (step < _warmup + stableSteps + decaySteps)
            factor = HalfCosine((double)(step - _warmup - stableSteps) / decaySteps, _options.NumCycles ?? 0.5);
        else
            return _options.MinLrRatio;
        return Math.Max(0, (factor * (1 - _options.MinLrRatio)) + _options.MinLrRatio);
    }
}
