using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

// L tokens written, T of the sequence, V vocabulary.

/// <summary>Which part of a sequence Dream's likelihood is of (<c>log_type</c>).</summary>
public enum LikelihoodPart
{
    /// <summary>The target behind the prefix (<c>ftb</c>).</summary>
    Target,

    /// <summary>The prefix in front of the target (<c>btf</c>).</summary>
    Prefix,

    /// <summary>Both (<c>union</c>).</summary>
    Both,
}

/// <summary>
/// Negative log-likelihoods as the original's Dream evaluation computes them, in nats: by noisy copies (<c>mc</c>), or as a chain of
/// single tokens from the left (<c>ar_ftb</c>) or from the right (<c>ar_btf</c>) with the rest of the part masked.
/// </summary>
/// <param name="denoiser">The model, its logits at i being for token i; not owned.</param>
/// <param name="maskTokenId">Its mask token.</param>
/// <param name="device">Where it computes; null is the CPU.</param>
public sealed class DreamLikelihood(IDenoiser denoiser, int maskTokenId, Device? device = null)
{
    private readonly MaskedLikelihood _masked = new(denoiser, maskTokenId, device);

    /// <summary>Forward passes so far.</summary>
    public long Forwards => _masked.Forwards;

    /// <summary>The mean over noisy copies; a batch at least.</summary>
    /// <param name="prefix">In front.</param>
    /// <param name="target">Behind it.</param>
    /// <param name="part">Which part's likelihood.</param>
    /// <param name="options">How many copies.</param>
    /// <param name="eps">The least probability of a mask (<c>sampling_eps</c>), in (0, 1).</param>
    /// <param name="generator">Where the noise is drawn from.</param>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public double Estimate(
        IReadOnlyList<int> prefix, IReadOnlyList<int> target, LikelihoodPart part, MonteCarloOptions options, double eps, Generator generator)
    {
        options.Validate();
        if (!(eps > 0 && eps < 1)) throw new DllmException($"the least probability of a mask is {eps}, but must be between 0 and 1");
        int[] sequence = [.. prefix, .. target];
        if (sequence.Length == 0) return 0;
        var losses = new double[Math.Max(options.Samples / options.BatchSize, 1)];
        for (var i = 0; i < losses.Length; i++)
        {
            using var scope = NewDisposeScope();
            var noise = LikelihoodNoise.Antithetic(options.BatchSize, sequence.Length, eps, generator);
            var columns = arange(sequence.Length); // [T]
            var concerned = part switch
            {
                LikelihoodPart.Target => columns >= prefix.Count,
                LikelihoodPart.Prefix => columns < prefix.Count,
                _ => columns >= 0,
            };
            losses[i] = _masked.WeightedLoss(sequence, noise with { IsMasked = noise.IsMasked & concerned });
        }

        return losses.Average();
    }

    /// <summary>The sum over the part's tokens, each given those before it in the order of reading, and the other part.</summary>
    /// <param name="prefix">In front.</param>
    /// <param name="target">Behind it.</param>
    /// <param name="part">Target or prefix.</param>
    /// <param name="fromRight">Whether the part is read from its right end.</param>
    /// <param name="batchSize">Rows of a forward, at least 1.</param>
    /// <exception cref="DllmException">The batch size is below 1, or the part is both.</exception>
    public double Chain(IReadOnlyList<int> prefix, IReadOnlyList<int> target, LikelihoodPart part, bool fromRight, int batchSize)
    {
        if (part == LikelihoodPart.Both) throw new DllmException("a chain is of the target or of the prefix, not of both");
        if (batchSize < 1) throw new DllmException($"the batch size is {batchSize}, but at least 1 is needed");
        using var noGradients = no_grad();
        int first = part == LikelihoodPart.Target ? prefix.Count : 0;
        int length = part == LikelihoodPart.Target ? target.Count : prefix.Count;
        long[] sequence = [.. prefix.Concat(target).Select(id => (long)id)];
        var sum = 0.0;
        foreach (int[] places in Enumerable.Range(0, length).Chunk(batchSize))
        {
            using var scope = NewDisposeScope();
            var rows = places.Select(place =>
            {
                var row = (long[])sequence.Clone();
                var (from, to) = fromRight ? (0, place + 1) : (place, length);
                Array.Fill(row, maskTokenId, first + from, to - from);
                return tensor(row);
            });
            long[] asked = [.. places.Select((place, row) => ((long)row * sequence.Length) + first + place)];
            var logits = _masked.Predict(stack(rows), tensor(asked)); // [L', V]
            var targets = tensor(places.Select(place => sequence[first + place]).ToArray()); // [L']
            sum += nn.functional.cross_entropy(logits.to(float32).cpu(), targets, reduction: nn.Reduction.Sum).ToDouble();
        }

        return sum;
    }
}
