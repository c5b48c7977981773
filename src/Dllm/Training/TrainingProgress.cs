namespace Dllm.Training;

/// <summary>Where a run stands, after each optimiser step: all that a progress line shows.</summary>
/// <param name="Step">Optimiser steps done.</param>
/// <param name="Steps">Optimiser steps of the whole run.</param>
/// <param name="Epoch">Passes over the training set done, with fraction.</param>
/// <param name="Loss">
/// The newest loss known, null before the first. On the CPU it is this step's; on other devices it is read at logging steps only.
/// </param>
/// <param name="LearningRate">The rate that this step used.</param>
/// <param name="GradNorm">The newest gradient norm known, before clipping; as for <paramref name="Loss"/>.</param>
/// <param name="TokensPerSecond">Tokens trained on a second, padding left out, over the last steps.</param>
/// <param name="Elapsed">Time since training began, in this process.</param>
/// <param name="TimeLeft">Expected time to the end at the pace so far.</param>
public readonly record struct TrainingProgress(
    int Step, int Steps, double Epoch, double? Loss, double LearningRate, double? GradNorm, double TokensPerSecond, TimeSpan Elapsed,
    TimeSpan TimeLeft);
