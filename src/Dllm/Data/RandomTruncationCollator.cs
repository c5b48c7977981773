using static TorchSharp.torch;

namespace Dllm.Data;

/// <summary>
/// Now and then hides the end of a whole batch (attention 0, label −100 from a random place on), so that the model also sees short texts:
/// LLaDA's pre-training does so for 1 % of its batches. The shape stays as it is.
/// </summary>
/// <param name="inner">Makes the batch.</param>
/// <param name="ratio">How often, 0…1; default 0.01.</param>
public sealed class RandomTruncationCollator(ICollator inner, double ratio = 0.01) : ICollator
{
    private readonly double _ratio = ratio is >= 0 and <= 1
        ? ratio
        : throw new DllmException($"random truncation ratio {ratio} is not between 0 and 1");

    /// <inheritdoc/>
    /// <remarks>Draws one uniform number and, if the batch is cut, one length from 1 to T.</remarks>
    public Batch Collate(IReadOnlyList<TokenizedSample> samples, Generator generator)
    {
        var batch = inner.Collate(samples, generator);
        using var scope = NewDisposeScope();
        if (rand(1, generator: generator).item<float>() >= (float)_ratio)
        {
            return batch;
        }

        var kept = randint(1, batch.Columns + 1, [1], dtype: ScalarType.Int64, generator: generator).item<long>();
        var mask = batch.AttentionMask ?? ones_like(batch.Ids).MoveToOuterDisposeScope(); // [B, T]
        mask[TensorIndex.Ellipsis, TensorIndex.Slice(kept)] = 0;
        batch.Labels[TensorIndex.Ellipsis, TensorIndex.Slice(kept)] = TokenizedSample.IgnoredLabel;
        return batch with { AttentionMask = mask };
    }
}
