namespace Dllm.Training;

/// <summary>How a run ended.</summary>
public sealed record TrainingResult
{
    /// <summary>Optimiser steps done, those before a resume included.</summary>
    public required int Step { get; init; }

    /// <summary>Optimiser steps of the whole run.</summary>
    public required int Steps { get; init; }

    /// <summary>Whether the run was cancelled before its end. Its state is saved: resume to go on.</summary>
    public required bool Cancelled { get; init; }

    /// <summary>Mean loss of all steps (<c>train_loss</c>).</summary>
    public required double TrainLoss { get; init; }

    /// <summary>Time spent, in this process.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The newest checkpoint's directory; null if none was written.</summary>
    public string? LastCheckpoint { get; init; }

    /// <summary>The directory of the checkpoint with the lowest <c>eval_nll</c>; null without evaluations.</summary>
    public string? BestCheckpoint { get; init; }

    /// <summary>The lowest <c>eval_nll</c> of a saved checkpoint; null without evaluations.</summary>
    public double? BestNegativeLogLikelihood { get; init; }

    /// <summary>The last evaluation; null if there was none.</summary>
    public EvaluationResult? LastEvaluation { get; init; }
}
