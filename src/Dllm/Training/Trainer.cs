using Dllm.Models;

namespace Dllm.Training;

/// <summary>Trains a denoiser: accumulate → clip → step → log → evaluate → save. It runs on the device that the weights lie on.</summary>
public sealed class Trainer
{
    /// <summary>Prepares a run; nothing is read or written yet.</summary>
    /// <param name="denoiser">The model, with float32 weights; trained in place.</param>
    /// <param name="objective">What to minimise.</param>
    /// <param name="data">What to train and evaluate on.</param>
    /// <param name="options">How to train.</param>
    /// <param name="host">Where metrics, progress and checkpoints go; null: nowhere.</param>
    /// <exception cref="DllmException">An option is out of its range, or the training set is empty.</exception>
    public Trainer(Denoiser denoiser, ITrainingObjective objective, TrainingData data, TrainingOptions options, TrainingHost? host = null)
    {
        throw new NotImplementedException();
    }

    /// <summary>Optimiser steps of the whole run.</summary>
    public int Steps => throw new NotImplementedException();

    /// <summary>Trains to the end, or until <paramref name="cancellation"/>: then the state is saved, so that resuming goes on exactly there.</summary>
    /// <exception cref="DllmException">The loss or the gradient is no longer finite; a checkpoint cannot be written or does not fit.</exception>
    public TrainingResult Train(CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Evaluates the model as it is. The same weights give the same result, always.</summary>
    public EvaluationResult Evaluate(CancellationToken cancellation = default) => throw new NotImplementedException();
}
