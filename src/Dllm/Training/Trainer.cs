using Dllm.Checkpoints;
using Dllm.Models;
using Dllm.Runtime;
using TorchSharp;

namespace Dllm.Training;

/// <summary>Trains a denoiser: accumulate → clip → step → log → evaluate → save. It runs on the device that the weights lie on.</summary>
/// <remarks>
/// The noise of a row is a function of seed, epoch and the row's place in the data set: the same for every number of micro-batches. So a run that
/// was interrupted, even by <c>kill -9</c>, and resumed from its newest checkpoint gives the same numbers as one that was not: bit for bit on the
/// CPU with as many threads. Dropout draws from torch's default generator, which the trainer seeds anew for each micro-batch.
/// </remarks>
public sealed class Trainer
{
    private const int MostPending = 100;
    private readonly Denoiser _denoiser;
    private readonly ITrainingObjective _objective;
    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly TrainingHost _host;
    private readonly RunPlan _plan;
    private readonly LearningRateSchedule _rates;
    private readonly Evaluator _evaluator;
    private readonly long _noiseSeed;

    /// <summary>Prepares a run; nothing is read or written yet.</summary>
    /// <param name="denoiser">The model, with float32 weights; trained in place.</param>
    /// <param name="objective">What to minimise.</param>
    /// <param name="data">What to train and evaluate on.</param>
    /// <param name="options">How to train.</param>
    /// <param name="host">Where metrics, progress and checkpoints go; null: nowhere.</param>
    /// <exception cref="DllmException">An option is out of its range, or the training set is empty.</exception>
    public Trainer(Denoiser denoiser, ITrainingObjective objective, TrainingData data, TrainingOptions options, TrainingHost? host = null)
    {
        options.Validate();
        (_denoiser, _objective, _data, _options, _host) = (denoiser, objective, data, options, host ?? new TrainingHost());
        _plan = new RunPlan(options, data);
        _rates = new LearningRateSchedule(options, _plan.Steps);
        _noiseSeed = options.NoiseSeed ?? SeedMixer.Derive(options.Seed, SeedMixer.Noise);
        _evaluator = new Evaluator(denoiser, objective, data, options, SeedMixer.Derive(_noiseSeed, SeedMixer.Evaluation));
    }

    /// <summary>Optimiser steps of the whole run.</summary>
    public int Steps => _plan.Steps;

    /// <summary>Trains to the end, or until <paramref name="cancellation"/>: then the state is saved, so that resuming goes on exactly there.</summary>
    /// <exception cref="DllmException">The loss or the gradient is no longer finite; a checkpoint cannot be written or does not fit.</exception>
    public TrainingResult Train(CancellationToken cancellation = default)
    {
        using var held = _options.OutputDir is { } folder && !_host.HoldsOutputDir ? FolderLock.Take(folder, "output_dir") : null;
        TrainingCheckpoint.OwnWeights(_denoiser);
        using var optimizer = new AdamW(_denoiser, _options);
        using var step = new TrainingStep(_denoiser, _objective, _data, _options, optimizer, _noiseSeed);
        using var metrics = new StepMetrics();
        var checkpoints = new RunCheckpoints(
            _options,
            _host,
            () => RunIdentity.Of(_options, _objective, _data, _plan.Steps),
            directory => new TrainingCheckpoint(directory, _denoiser, optimizer, _host));
        var state = checkpoints.Start(_plan.Steps);
        var meter = new ProgressMeter(_host.Clock);
        var heap = new HeapKeeper();
        _denoiser.train();
        try
        {
            EvaluateAndSave(state, checkpoints, cancellation);
            while (state.Step < _plan.Steps)
            {
                cancellation.ThrowIfCancellationRequested();

                // 1. Accumulate, clip, step.
                var rate = _rates.At(state.Step);
                meter.Add(step.Run(_plan.Rows(state.Step), state.Step + 1, rate, metrics));
                heap.AfterStep();
                state.Step++;
                state.Epoch = _plan.Epoch(state.Step);

                // 2. Read the step's numbers: at once on the CPU; elsewhere that would wait for the device, so only when they are needed.
                if (_denoiser.Device.type == DeviceType.CPU || _plan.Reads(state.Step) || metrics.Count >= MostPending) metrics.Drain(state);
                Report(state, rate, meter);

                // 3. Log, evaluate, save.
                if (_plan.Logs(state.Step)) LogTraining(state, rate);
                EvaluateAndSave(state, checkpoints, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            metrics.Drain(state);
            checkpoints.SaveInterrupted(state);
        }
        finally
        {
            _denoiser.eval();
        }

        var cancelled = state.Step < _plan.Steps || (_plan.Evaluates(state.Step) && state.EvaluatedStep != state.Step);
        if (!cancelled) Finish(state, checkpoints, meter);
        return new TrainingResult
        {
            Step = state.Step,
            Steps = _plan.Steps,
            Cancelled = cancelled,
            TrainLoss = state.TotalLoss / Math.Max(state.Step, 1),
            Elapsed = meter.Elapsed,
            LastCheckpoint = checkpoints.Last,
            BestCheckpoint = checkpoints.Best(state),
            BestNegativeLogLikelihood = state.BestMetric,
            LastEvaluation = state.LastEvaluation,
        };
    }

    /// <summary>The newest checkpoint of a run: a folder with a model, or null where there is none.</summary>
    /// <param name="outputDir">The run's output directory.</param>
    public static string? NewestCheckpoint(string outputDir) => new CheckpointDirectory(outputDir).NewestModel;

    /// <summary>Checks, before anything is read, whether a run may write to its output directory.</summary>
    /// <exception cref="DllmException">There are another run's checkpoints, which may not be overwritten.</exception>
    public static void CheckOutputDir(TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.OutputDir is { } root) RunCheckpoints.RequireFree(options, new CheckpointDirectory(root));
    }

    /// <summary>Evaluates the model as it is. The same weights give the same result, always.</summary>
    /// <exception cref="DllmException">There is no evaluation set.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation = default) => _evaluator.Evaluate(cancellation)
        ?? throw new DllmException("there is no evaluation set", "name one in `dataset`, as in data.jsonl[train:1000,test:100], or set eval_strategy to no");

    // A run resumed in the midst of this does it again: the state tells whether the step was evaluated.
    private void EvaluateAndSave(TrainerState state, RunCheckpoints checkpoints, CancellationToken cancellation)
    {
        EvaluationResult? evaluation = null;
        if (_plan.Evaluates(state.Step) && state.EvaluatedStep != state.Step)
        {
            evaluation = Evaluate(cancellation);
            (state.LastEvaluation, state.EvaluatedStep) = (evaluation, state.Step);
            Log(state, ("eval_loss", evaluation.Loss), ("eval_nll", evaluation.NegativeLogLikelihood), ("eval_ppl", evaluation.Perplexity));
        }

        if (_plan.Saves(state.Step) && (checkpoints.LastStep != state.Step || evaluation is not null)) checkpoints.Save(state, evaluation);
    }

    private void LogTraining(TrainerState state, double rate)
    {
        List<(string, double)> values = [("loss", state.TakeWindowLoss())];
        if (state.TakeNegativeLogLikelihood() is { } nll) values.AddRange([("nll", nll), ("ppl", Math.Exp(nll))]);
        Log(state, [.. values, ("grad_norm", state.LastGradNorm), ("learning_rate", rate)]);
    }

    private void Finish(TrainerState state, RunCheckpoints checkpoints, ProgressMeter meter)
    {
        if (meter.Steps > 0)
        {
            var seconds = Math.Max(meter.Elapsed.TotalSeconds, 1e-9);
            Log(
                state,
                ("train_loss", state.TotalLoss / state.Step),
                ("train_runtime", seconds),
                ("train_steps_per_second", meter.Steps / seconds),
                ("train_tokens_per_second", meter.Tokens / seconds));
            foreach (var sink in _host.Sinks)
                sink.Flush();
        }

        if (_options.LoadBestModelAtEnd) checkpoints.LoadBest(state);
    }

    private void Report(TrainerState state, double rate, ProgressMeter meter) => _host.Progress?.Report(new TrainingProgress(
        state.Step,
        _plan.Steps,
        state.Epoch,
        state.LastLoss,
        rate,
        state.LastLoss is null ? null : state.LastGradNorm,
        meter.TokensPerSecond,
        meter.Elapsed,
        meter.TimeLeft(_plan.Steps - state.Step)));

    private void Log(TrainerState state, params (string Name, double Value)[] values)
    {
        if (_host.Sinks.Count == 0) return;
        var metrics = new MetricEvent(
            state.Step, state.Epoch, _host.Clock.GetUtcNow(), [.. values.Select(v => KeyValuePair.Create(v.Name, v.Value))]);
        foreach (var sink in _host.Sinks)
            sink.Write(metrics);
    }
}
