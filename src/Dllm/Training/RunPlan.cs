using Dllm.Data;

namespace Dllm.Training;

/// <summary>What one optimiser step trains on.</summary>
/// <param name="Batches">Rows of each micro-batch.</param>
/// <param name="Epoch">Their epoch, counted from 0.</param>
/// <param name="First">Number of the first micro-batch over the whole run, counted from 0.</param>
internal readonly record struct StepRows(IReadOnlyList<int[]> Batches, int Epoch, long First);

/// <summary>
/// What happens when in a run: a pure function of options and data, so that a resumed run needs nothing but its step number to go on.
/// Steps count from 1 once done; the step about to run is <c>done</c>, counted from 0.
/// </summary>
internal sealed class RunPlan
{
    private readonly TrainingOptions _options;
    private readonly EpochSchedule _schedule;
    private readonly int _evalEvery;
    private readonly int _saveEvery;
    private readonly int _logEvery;
    private readonly bool _hasEvaluation;
    private int _cachedEpoch = -1;
    private IReadOnlyList<int[]> _cachedBatches = [];

    public RunPlan(TrainingOptions options, TrainingData data)
    {
        _options = options;
        _schedule = new EpochSchedule
        {
            SampleCount = data.Train.Count,
            BatchSize = options.PerDeviceTrainBatchSize,
            BatchesPerStep = options.GradientAccumulationSteps,
            Seed = options.DataSeed ?? options.Seed,
            DropLast = options.DataloaderDropLast,
            Lengths = options.GroupByLength ? [.. data.Train.Select(sample => sample.Length)] : null,
            Shuffle = data.Shuffle,
        };
        _schedule.Validate();
        _hasEvaluation = data.Evaluation is { Count: > 0 };
        BatchesPerEpoch = _schedule.BatchesPerEpoch;
        StepsPerEpoch = ((BatchesPerEpoch - 1) / options.GradientAccumulationSteps) + 1;
        Steps = options.MaxSteps > 0 ? options.MaxSteps : StepsOf(options.NumTrainEpochs);
        (_logEvery, _evalEvery, _saveEvery) = (Interval(options.LoggingSteps), Interval(options.EvalSteps), Interval(options.SaveSteps));
        if (options.LoadBestModelAtEnd && options.EvalStrategy == IntervalStrategy.Steps && _saveEvery % _evalEvery != 0)
        {
            throw new DllmException(
                $"load_best_model_at_end needs an evaluation at each save, but it saves every {_saveEvery} and evaluates every {_evalEvery} steps",
                "make save_steps a multiple of eval_steps");
        }
    }

    /// <summary>Optimiser steps of the run.</summary>
    public int Steps { get; }

    /// <summary>Micro-batches of an epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>Optimiser steps of an epoch; the last one may have fewer micro-batches.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>The rows of each micro-batch of the step after <paramref name="done"/> ones.</summary>
    public StepRows Rows(int done)
    {
        var (epoch, step) = Math.DivRem(done, StepsPerEpoch);
        if (epoch != _cachedEpoch) (_cachedEpoch, _cachedBatches) = (epoch, _schedule.Batches(epoch));
        var start = step * _options.GradientAccumulationSteps;
        var batches = _cachedBatches.Skip(start).Take(_options.GradientAccumulationSteps).ToArray();
        return new StepRows(batches, epoch, ((long)epoch * BatchesPerEpoch) + start);
    }

    /// <summary>Passes over the training set after <paramref name="done"/> steps.</summary>
    public double Epoch(int done)
    {
        var (epoch, step) = Math.DivRem(done, StepsPerEpoch);
        return epoch + ((double)step * _options.GradientAccumulationSteps / BatchesPerEpoch);
    }

    /// <summary>Whether metrics are logged after <paramref name="done"/> steps.</summary>
    public bool Logs(int done) => done == Steps || done % _logEvery == 0;

    /// <summary>Whether the model is evaluated after <paramref name="done"/> steps.</summary>
    public bool Evaluates(int done) => _hasEvaluation && (done == 0 ? _options.EvalOnStart : IsDue(_options.EvalStrategy, done, _evalEvery));

    /// <summary>Whether a checkpoint is written after <paramref name="done"/> steps.</summary>
    public bool Saves(int done) => done > 0 && IsDue(_options.SaveStrategy, done, _saveEvery);

    /// <summary>Whether any metric of the step is needed at once, so that waiting for the device is worth it.</summary>
    public bool Reads(int done) => Logs(done) || Evaluates(done) || Saves(done);

    private bool IsDue(IntervalStrategy strategy, int done, int every) => strategy switch
    {
        IntervalStrategy.No => false,
        IntervalStrategy.Epoch => done == Steps || done % StepsPerEpoch == 0,
        _ => done == Steps || done % every == 0,
    };

    private int StepsOf(double epochs)
    {
        double steps = Math.Ceiling(epochs * StepsPerEpoch);
        if (steps <= int.MaxValue) return (int)steps;
        throw new DllmException(
            FormattableString.Invariant($"num_train_epochs is {epochs}, which makes {steps} steps, but a run has at most {int.MaxValue}"),
            "choose fewer epochs, or give max_steps");
    }

    // Below 1 a fraction of the run, as in transformers.
    private int Interval(double value) => value < 1 ? (int)Math.Ceiling(Steps * value) : (int)value;
}
