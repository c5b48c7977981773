namespace Dllm.Training;

/// <summary>Some metrics at a step, named as the original logs them: loss, grad_norm, learning_rate, nll, ppl, eval_loss, eval_nll, eval_ppl …</summary>
/// <param name="Step">Optimiser steps done.</param>
/// <param name="Epoch">Passes over the training set done, with fraction.</param>
/// <param name="Time">When.</param>
/// <param name="Values">Names and values, in the order to show them.</param>
public sealed record MetricEvent(int Step, double Epoch, DateTimeOffset Time, IReadOnlyList<KeyValuePair<string, double>> Values);
