using Dllm.Diffusion;
using static TorchSharp.torch;

namespace Dllm.Data;

/// <summary>
/// Now and then hides the end of a row (attention 0, label −100 from a random place on), so that the model also sees short texts:
/// LLaDA's pre-training does so for 1 % of its batches. The shape stays as it is. With a shared generator whole batches are cut, as in the original.
/// </summary>
/// <param name="inner">Makes the batch.</param>
/// <param name="ratio">How often, 0…1; default 0.01.</param>
public sealed class RandomTruncationCollator(ICollator inner, double ratio = 0.01) : ICollator
{
    private readonly double _ratio = ratio is >= 0 and <= 1
        ? ratio
        : throw new DllmException($"random truncation ratio {ratio} is not between 0 and 1");

    /// <inheritdoc/>
    /// <remarks>
    /// Draws two numbers a row: whether it is cut, and to which length from 1 to its own. From a shared generator: one number, and, if the batch
    /// is cut, one length from 1 to T.
    /// </remarks>
    public Batch Collate(IReadOnlyList<TokenizedSample> samples, NoiseSource noise)
    {
        var batch = inner.Collate(samples, noise);
        using var scope = NewDisposeScope();
        var kept = noise.Shared is { } generator ? LengthOfBatch(batch, generator) : LengthsOfRows(samples, batch, noise); // [B, 1] or [1]
        if (kept is null) return batch;
        var hidden = arange(batch.Columns) >= kept; // [B, T] or [T]
        var mask = batch.AttentionMask ?? ones_like(batch.Ids).MoveToOuterDisposeScope(); // [B, T]
        mask.masked_fill_(hidden, 0);
        batch.Labels.masked_fill_(hidden, TokenizedSample.IgnoredLabel);
        return batch with { AttentionMask = mask };
    }

    private Tensor? LengthOfBatch(Batch batch, Generator generator) => rand(1, generator: generator).item<float>() < (float)_ratio
        ? randint(1, batch.Columns + 1, [1], dtype: ScalarType.Int64, generator: generator)
        : null;

    private Tensor? LengthsOfRows(IReadOnlyList<TokenizedSample> samples, Batch batch, NoiseSource noise)
    {
        var draws = noise.Uniforms(batch.Rows, 2).data<float>().ToArray();
        if (!Enumerable.Range(0, batch.Rows).Any(row => draws[2 * row] < _ratio)) return null;
        var visible = batch.AttentionMask?.sum(1).data<long>().ToArray() ?? [.. samples.Select(sample => (long)sample.Length)];
        long[] kept = [.. visible.Select((length, row) => draws[2 * row] < _ratio ? 1 + (long)(draws[(2 * row) + 1] * length) : batch.Columns)];
        return tensor(kept, kept.Length, 1);
    }
}
