using Dllm.Data;
using Dllm.Diffusion;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>Scores the evaluation set. A row is always corrupted by the same draws, whatever batch it is in, so two results differ by the weights alone.</summary>
internal sealed class Evaluator(Denoiser denoiser, ITrainingObjective objective, TrainingData data, TrainingOptions options, long seed)
{
    /// <summary>One pass over the evaluation set, rows in order, without dropout; null where there is no such set.</summary>
    public EvaluationResult? Evaluate(CancellationToken cancellation)
    {
        if (data.Evaluation is not { Count: > 0 } rows) return null;
        var loader = new DataLoader(rows, data.EvaluationCollator ?? data.Collator);
        var device = denoiser.Device;
        var wasTraining = denoiser.training;
        using var generator = new Generator();
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        denoiser.eval();
        try
        {
            var sums = zeros(2, dtype: float64, device: device); // loss times rows, negative log-likelihood
            long tokens = 0;
            var batches = Enumerable.Range(0, rows.Count).Chunk(options.PerDeviceEvalBatchSize);
            foreach (var (number, batch) in batches.Index())
            {
                cancellation.ThrowIfCancellationRequested();
                using var step = NewDisposeScope();
                NoiseSource noise = options.ReferenceRng ? generator.manual_seed(seed + number) : SeedMixer.Rows(seed, epoch: 0, batch);
                using var loaded = loader.Load(batch, noise);
                LossResult result;
                using (Autocast.Bf16(options.Bf16, device.type))
                    result = objective.Compute(denoiser, loaded, noise, device);
                sums.add_(stack([result.Loss * batch.Length, result.NegativeLogLikelihood])); // [2]
                tokens += result.Tokens;
            }

            var totals = sums.cpu().data<double>().ToArray();
            return new EvaluationResult(totals[0] / rows.Count, totals[1] / Math.Max(tokens, 1), rows.Count);
        }
        finally
        {
            denoiser.train(wasTraining);
        }
    }
}
