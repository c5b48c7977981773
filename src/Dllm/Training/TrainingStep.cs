using Dllm.Data;
using Dllm.Diffusion;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>One optimiser step: the micro-batches' losses and gradients, put together, then clipped and applied. Waits for no device.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly Denoiser _denoiser;
    private readonly ITrainingObjective _objective;
    private readonly TrainingOptions _options;
    private readonly DataLoader _loader;
    private readonly AdamW _optimizer;
    private readonly Device _device;
    private readonly long _noiseSeed;
    private readonly Generator _generator = new();

    public TrainingStep(
        Denoiser denoiser, ITrainingObjective objective, TrainingData data, TrainingOptions options, AdamW optimizer, long noiseSeed)
    {
        (_denoiser, _objective, _options, _optimizer, _noiseSeed) = (denoiser, objective, options, optimizer, noiseSeed);
        _loader = new DataLoader(data.Train, data.Collator);
        _device = denoiser.Device;
    }

    /// <summary>Runs the micro-batches, steps the optimiser, and leaves the step's numbers in <paramref name="metrics"/>.</summary>
    /// <param name="work">Rows of each micro-batch, and which epoch and micro-batches they are: what keys the random numbers.</param>
    /// <param name="step">Number of this step once done.</param>
    /// <param name="learningRate">The rate to use.</param>
    /// <param name="metrics">Takes loss, gradient norm and likelihood.</param>
    /// <returns>Tokens read, padding left out.</returns>
    public long Run(StepRows work, int step, double learningRate, StepMetrics metrics)
    {
        using var scope = NewDisposeScope();
        var batches = work.Batches;
        var byTokens = _options.GradientAccumulation == GradientAccumulation.Tokens && batches.Count > 1;
        Tensor? loss = null, likelihood = null;
        long tokens = 0, read = 0;
        for (var i = 0; i < batches.Count; i++)
        {
            var (micro, weight) = RunMicroBatch(batches[i], work.Epoch, work.First + i, byTokens, batches.Count);
            loss = Sum(loss, micro.Loss * weight);
            likelihood = Sum(likelihood, micro.NegativeLogLikelihood);
            tokens += micro.Tokens;
            read += batches[i].Sum(row => (long)_loader.Samples[row].Length);
        }

        var norm = _optimizer.Step(learningRate, byTokens ? 1.0 / Math.Max(tokens, 1) : 1);
        metrics.Add(step, tokens, byTokens ? loss! / Math.Max(tokens, 1) : loss!, norm, likelihood!);
        return read;
    }

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();

    // The weight is what the loss counts in the step's: 1/n, 1, or (divided by their sum later) its tokens.
    private (LossResult Loss, double Weight) RunMicroBatch(int[] rows, int epoch, long number, bool byTokens, int count)
    {
        using var scope = NewDisposeScope();
        // Dropout draws from the default generator, which is all that TorchSharp offers it: it alone depends on how rows are cut into micro-batches.
        random.manual_seed(SeedMixer.Derive(_noiseSeed + number, SeedMixer.Dropout));
        NoiseSource noise = _options.ReferenceRng ? _generator.manual_seed(_noiseSeed + number) : SeedMixer.Rows(_noiseSeed, epoch, rows);
        using var batch = _loader.Load(rows, noise);
        LossResult result;
        using (Autocast.Bf16(_options.Bf16, _device.type))
            result = _objective.Compute(_denoiser, batch, noise, _device);
        double weight = byTokens ? result.Tokens : _options.GradientAccumulation == GradientAccumulation.Reference ? 1 : 1.0 / count;
        result.Backward(weight);
        var kept = result with
        {
            Loss = result.Loss.detach().MoveToOuterDisposeScope(),
            NegativeLogLikelihood = result.NegativeLogLikelihood.MoveToOuterDisposeScope(),
            Output = null,
            Gradient = null,
        };
        return (kept, weight);
    }

    private static Tensor Sum(Tensor? sum, Tensor term) => sum is null ? term : sum + term;
}
