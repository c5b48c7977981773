using System.Globalization;

namespace Dllm.Training;

/// <summary>
/// What a run keeps on disk: where it starts from, what it saves and what it lets go. Without an output directory it keeps nothing.
/// </summary>
internal sealed class RunCheckpoints
{
    private readonly TrainingOptions _options;
    private readonly TrainingHost _host;
    private readonly SortedDictionary<string, string> _identity;
    private readonly CheckpointDirectory? _directory;
    private readonly TrainingCheckpoint? _checkpoint;
    private int? _passing; // a checkpoint made only because the run was interrupted
    private int? _last;

    public RunCheckpoints(
        TrainingOptions options, TrainingHost host, Func<SortedDictionary<string, string>> identity, Func<CheckpointDirectory, TrainingCheckpoint> open)
    {
        (_options, _host) = (options, host);
        _directory = options.OutputDir is { } root ? new CheckpointDirectory(root) : null;
        _checkpoint = _directory is null ? null : open(_directory);
        _identity = _directory is null ? [] : identity();
    }

    /// <summary>The newest checkpoint's directory, or null.</summary>
    public string? Last => _last is { } step ? _directory!.PathOf(step) : null;

    /// <summary>The step of the newest checkpoint, or null.</summary>
    public int? LastStep => _last;

    /// <summary>The best checkpoint's directory, or null.</summary>
    public string? Best(TrainerState state) => _directory is not null && state.BestStep is { } step ? _directory.PathOf(step) : null;

    /// <summary>The state to start from: that of the newest checkpoint when resuming, with weights and moments read back; else a fresh one.</summary>
    /// <param name="steps">Steps of the whole run.</param>
    /// <exception cref="DllmException">The checkpoint is of another run; or there are checkpoints that may not be overwritten.</exception>
    public TrainerState Start(int steps)
    {
        _directory?.Prepare();
        if (_options.Resume && _directory?.NewestResumable is { } step)
        {
            string path = _directory.PathOf(step);
            var saved = _directory.ReadState(step).Run;
            RunIdentity.Require(_identity, saved, path);
            RunIdentity.RequireReach(steps, step, path);
            if (RunIdentity.Steps(saved) is { } before && before != steps) TellNewLength(step, before, steps);
            var state = _checkpoint!.Read(step);
            state.Run = _identity;
            (_last, _passing) = (step, state.Interrupted ? step : null);
            state.Interrupted = false;
            Rewind(step);
            return state;
        }

        if (_directory is { Steps.Count: > 0 }) Overwrite(_directory);
        Rewind(-1);
        return new TrainerState { Run = _identity };
    }

    /// <summary>Saves a checkpoint of the plan; the best so far if <paramref name="evaluation"/>, made of these weights, says so.</summary>
    public void Save(TrainerState state, EvaluationResult? evaluation)
    {
        if (evaluation is not null && !(evaluation.NegativeLogLikelihood >= state.BestMetric))
            (state.BestMetric, state.BestStep) = (evaluation.NegativeLogLikelihood, state.Step);
        Write(state);
        Prune(state);
    }

    /// <summary>Saves the state of an interrupted run where it stands, unless that was just done. The next checkpoint replaces it.</summary>
    public void SaveInterrupted(TrainerState state)
    {
        if (_last == state.Step) return;
        state.Interrupted = true;
        Write(state);
    }

    /// <summary>Reads back the weights of the best checkpoint, if there is one.</summary>
    public void LoadBest(TrainerState state)
    {
        if (_checkpoint is not null && state.BestStep is { } best && best != state.Step) _checkpoint.ReadWeights(best);
    }

    private void Write(TrainerState state)
    {
        if (_directory is null) return;
        foreach (var sink in _host.Sinks)
            sink.Flush();
        _checkpoint!.Write(state);
        _last = state.Step;
        _directory.Point("last", state.Step);
        if (state.BestStep == state.Step) _directory.Point("best", state.Step);
    }

    private void Prune(TrainerState state)
    {
        if (_directory is null) return;
        if (_passing is { } passing && passing != state.Step) _directory.Delete(passing);
        _passing = null;
        var older = _directory.Steps.Where(step => step != state.Step).ToList();
        var excess = older.Count + 1 - (_options.SaveTotalLimit ?? int.MaxValue);
        foreach (var step in older.Where(step => step != state.BestStep).Take(Math.Max(excess, 0)))
            _directory.Delete(step);
        if (!_options.SaveOnlyModel) return;
        foreach (var step in _directory.Steps.Where(step => step != state.Step))
            _directory.DeleteOptimizer(step);
    }

    /// <summary>Requires that there are no checkpoints of another run, or that they may be overwritten.</summary>
    /// <exception cref="DllmException">There are, and they may not.</exception>
    public static void RequireFree(TrainingOptions options, CheckpointDirectory directory)
    {
        if (options.OverwriteOutputDir || directory.Steps is not { Count: > 0 } steps) return;
        if (options.Resume && directory.NewestResumable is not null) return;
        throw new DllmException(
            $"'{options.OutputDir}' holds {Count(steps.Count)} of another run, the newest after {steps[^1]} steps",
            options.Resume
                ? $"none can be resumed; start from its weights (--model {directory.PathOf(steps[^1])} --output-dir NEW, without --resume), or delete them with --overwrite-output-dir"
                : "go on with that run by --resume, choose another folder with --output-dir, or delete them with --overwrite-output-dir");
    }

    private static string Count(int checkpoints) => checkpoints == 1 ? "a checkpoint" : $"{checkpoints} checkpoints";

    private void Overwrite(CheckpointDirectory directory)
    {
        RequireFree(_options, directory);
        foreach (var pointer in CheckpointDirectory.Pointers)
            directory.Unpoint(pointer);
        foreach (var step in directory.Steps)
            directory.Delete(step);
    }

    private void TellNewLength(int step, int before, int steps)
    {
        if (_host.Notice is not { } tell) return;
        string length = $"the run now has {steps} steps instead of {before}";
        if (step >= steps)
        {
            tell($"{length}; all of them are done");
            return;
        }

        var (old, rates) = (new LearningRateSchedule(_options, before), new LearningRateSchedule(_options, steps));
        string shape = Names.Of(_options.LrSchedulerType);
        tell(Enumerable.Range(step, steps - step).All(s => rates.At(s) == rates.At(step) && rates.At(s) == old.At(step))
            ? $"{length}; the learning rate stays {Rate(rates.At(step))}"
            : $"{length}: from here on the learning rate ({shape}) is that of a run of {steps} steps, {Rate(rates.At(step))} at step {step + 1} instead of {Rate(old.At(step))}");
    }

    private static string Rate(double rate) => rate.ToString("0.###e0", CultureInfo.InvariantCulture);

    private void Rewind(int step)
    {
        foreach (var sink in _host.Sinks)
            sink.Rewind(step);
    }
}
