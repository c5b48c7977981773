using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// Additive attention masks, made once a forward: 0 where a key may be seen. Encoders hide with the type's lowest finite value, so that a
/// query that may see nothing (padding beside padding) attends to everything alike, as the original's does; decoders hide with -∞, and
/// there such a query's attention gives 0. Neither gives NaN.
/// </summary>
public static class AttentionMasks
{
    /// <summary>What the queries of a decoder's forward may see.</summary>
    /// <param name="attentionMask">
    /// [B, S], non-zero where real; or [B or 1, 1, T, S], boolean (true is seen) or additive, which then is the whole mask; or null.
    /// </param>
    /// <param name="tokens">T.</param>
    /// <param name="causal">Whether a query sees the columns up to its own only; a mask of four dimensions overrules it.</param>
    /// <param name="cache">The cache that the forward uses, which says where its columns lie; null where there is none.</param>
    /// <param name="dtype">The type of the queries.</param>
    /// <param name="device">Where the data lie.</param>
    /// <param name="window">Under a causal mask, how many columns up to its own a query sees; null: all of them.</param>
    /// <returns>[B or 1, 1, T or 1, S], or null where nothing is hidden.</returns>
    /// <exception cref="ArgumentException">The mask's S is not the number of columns seen.</exception>
    public static Tensor? Decoder(
        Tensor? attentionMask, int tokens, bool causal, KvCache? cache, ScalarType dtype, Device device, int? window = null)
    {
        using var scope = NewDisposeScope();
        var columns = cache?.VisibleColumns(tokens) ?? tokens;
        if (attentionMask is not null && attentionMask.size(-1) != columns)
            throw new ArgumentException($"the mask is for {attentionMask.size(-1)} columns but {columns} are seen", nameof(attentionMask));
        if (attentionMask?.dim() == 4)
            return Additive(attentionMask, dtype).MoveToOuterDisposeScope();
        var seen = attentionMask?.ne(0).unsqueeze(1).unsqueeze(1); // [B, 1, 1, S]
        if (causal && (tokens > 1 || columns > window))
        {
            var places = arange(columns, ScalarType.Int32, device); // [S]
            var own = places.narrow(0, cache?.FirstColumn ?? 0, tokens).unsqueeze(-1); // [T, 1]
            var past = places.le(own).unsqueeze(0).unsqueeze(0); // [1, 1, T, S]
            if (columns > window)
                past = past.logical_and(places.gt(own - window.Value));
            seen = seen is null ? past : seen.logical_and(past); // [B, 1, T, S]
        }

        return seen is null ? null : Additive(seen, dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Repeats a mask for queries of <paramref name="groups"/> heads laid one after another: [B or 1, 1, T, S] → [B or 1, 1, G·T, S]. What
    /// is the same for every query stays as it is.
    /// </summary>
    public static Tensor? Fold(Tensor? mask, int groups) =>
        mask is null || groups == 1 || mask.size(2) == 1 ? mask : mask.repeat(1, 1, groups, 1);

    /// <summary>0 where a boolean mask is true and -∞ where it is false; an additive mask in the given type.</summary>
    public static Tensor Additive(Tensor mask, ScalarType dtype)
    {
        if (mask.dtype is ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16 or ScalarType.Float16)
            return mask.to_type(dtype);
        using var hidden = mask.eq(0);
        return zeros_like(hidden, dtype).masked_fill_(hidden, double.NegativeInfinity);
    }

    /// <summary>What the queries of an encoder's forward may see: everything but padding.</summary>
    /// <param name="attentionMask">[B, S], non-zero where real; null hides nothing.</param>
    /// <param name="tokens">T.</param>
    /// <param name="cache">The cache that the forward uses; null where there is none.</param>
    /// <param name="dtype">The type of the queries.</param>
    /// <returns>[B, 1, 1, S], or null where nothing is hidden.</returns>
    /// <exception cref="ArgumentException">The mask is not one of the columns seen.</exception>
    public static Tensor? Encoder(Tensor? attentionMask, long tokens, KvCache? cache, ScalarType dtype)
    {
        if (attentionMask is null)
            return null;
        var columns = cache?.VisibleColumns((int)tokens) ?? tokens;
        if (attentionMask.dim() != 2 || attentionMask.size(1) != columns)
        {
            throw new ArgumentException(
                $"the mask is [{string.Join(", ", attentionMask.shape)}] but {columns} columns of each row are seen", nameof(attentionMask));
        }

        using var scope = NewDisposeScope();
        var hidden = attentionMask.eq(0).unsqueeze(1).unsqueeze(1); // [B, 1, 1, S]
        return zeros_like(hidden, dtype).masked_fill(hidden, Lowest(dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Hides keys farther than <paramref name="reach"/> tokens from the query, and padding besides. With a cache both stand where their
    /// columns do.
    /// </summary>
    /// <param name="tokens">T.</param>
    /// <param name="reach">The largest |i - j| that is seen.</param>
    /// <param name="padding">What <see cref="Encoder"/> gave: [B, 1, 1, S] or null.</param>
    /// <param name="cache">The cache that the forward uses; null where there is none.</param>
    /// <param name="dtype">The type of the queries.</param>
    /// <param name="device">Where the data lie.</param>
    /// <returns>[B or 1, 1, T, S]; <paramref name="padding"/> itself, or null, where the window reaches every key.</returns>
    public static Tensor? Window(int tokens, int reach, Tensor? padding, KvCache? cache, ScalarType dtype, Device device)
    {
        var (first, columns) = (cache?.FirstColumn ?? 0, cache?.VisibleColumns(tokens) ?? tokens);
        if (Math.Max(first + tokens - 1, columns - 1 - first) <= reach)
            return padding;
        using var scope = NewDisposeScope();
        var places = arange(columns, ScalarType.Int32, device); // [S]
        var own = places.narrow(0, first, tokens).unsqueeze(-1); // [T, 1]
        var hidden = (own - places).abs().gt(reach).unsqueeze(0).unsqueeze(0); // [1, 1, T, S]
        var mask = padding ?? zeros([1, 1, tokens, columns], dtype, device);
        return mask.masked_fill(hidden, Lowest(dtype)).MoveToOuterDisposeScope(); // [B or 1, 1, T, S]
    }

    private static double Lowest(ScalarType dtype) => finfo(dtype).min;
}
