using Dllm.Diffusion;
using static TorchSharp.torch;

namespace Dllm.Data;

/// <summary>Puts the beginning-of-sequence token, visible and not learnt, before every row.</summary>
public sealed class PrependBosCollator : ICollator
{
    private readonly ICollator _inner;
    private readonly int _bosId;

    /// <summary>Wraps a collator.</summary>
    /// <param name="inner">Makes the batch.</param>
    /// <param name="bosId">The token's id, above 0: the original takes 0 for "none", and so refuses it here.</param>
    /// <exception cref="DllmException">The tokenizer has no such token (null), or its id is 0 or less.</exception>
    public PrependBosCollator(ICollator inner, int? bosId)
    {
        _inner = inner;
        _bosId = bosId is > 0 and var id
            ? id
            : throw new DllmException(
                $"there is no beginning-of-sequence token to put before each row (id {bosId?.ToString() ?? "none"})",
                "take a tokenizer that has one, or train without it");
    }

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenizedSample> samples, NoiseSource noise)
    {
        using var batch = _inner.Collate(samples, noise);
        return Prepend(batch, _bosId);
    }

    /// <summary>A copy of <paramref name="batch"/> with one more column in front: the token, label −100, attention 1.</summary>
    /// <param name="batch">[B, T]; not changed and not disposed.</param>
    /// <param name="bosId">The token's id, 0 or more.</param>
    /// <returns>A batch of [B, T + 1].</returns>
    public static Batch Prepend(Batch batch, int bosId) => batch with
    {
        Ids = WithFirstColumn(batch.Ids, bosId),
        Labels = WithFirstColumn(batch.Labels, TokenizedSample.IgnoredLabel),
        AttentionMask = batch.AttentionMask is { } mask ? WithFirstColumn(mask, 1) : null,
    };

    private static Tensor WithFirstColumn(Tensor rows, long value)
    {
        using var first = full(rows.shape[0], 1, value, dtype: rows.dtype, device: rows.device); // [B, 1]
        return cat([first, rows], dim: 1); // [B, T + 1]
    }
}
