using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// Additive attention masks, made once a forward: 0 where a key may be seen, the type's lowest finite value elsewhere. With a finite
/// value a query that may see nothing (padding beside padding) attends to everything alike instead of giving NaN, as the original's does.
/// </summary>
public static class AttentionMasks
{
    /// <summary>Hides padding from every query.</summary>
    /// <param name="attentionMask">[B, T], non-zero where real; null hides nothing.</param>
    /// <param name="dtype">The type of the queries.</param>
    /// <returns>[B, 1, 1, T], or null where nothing is hidden.</returns>
    public static Tensor? Padding(Tensor? attentionMask, ScalarType dtype)
    {
        if (attentionMask is null)
            return null;
        using var scope = NewDisposeScope();
        var hidden = attentionMask.eq(0).unsqueeze(1).unsqueeze(1); // [B, 1, 1, T]
        return zeros_like(hidden, dtype).masked_fill(hidden, Lowest(dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>Hides keys farther than <paramref name="reach"/> tokens from the query, and padding besides.</summary>
    /// <param name="tokens">T.</param>
    /// <param name="reach">The largest |i - j| that is seen.</param>
    /// <param name="padding">What <see cref="Padding"/> gave: [B, 1, 1, T] or null.</param>
    /// <param name="dtype">The type of the queries.</param>
    /// <param name="device">Where the data lie.</param>
    /// <returns>[B, 1, T, T] or [1, 1, T, T]; <paramref name="padding"/> itself, or null, where the window reaches every key.</returns>
    public static Tensor? Window(long tokens, int reach, Tensor? padding, ScalarType dtype, Device device)
    {
        if (tokens - 1 <= reach)
            return padding;
        using var scope = NewDisposeScope();
        var places = arange(tokens, ScalarType.Int32, device); // [T]
        var hidden = (places.unsqueeze(-1) - places).abs().gt(reach).unsqueeze(0).unsqueeze(0); // [1, 1, T, T]
        var mask = padding ?? zeros([1, 1, tokens, tokens], dtype, device);
        return mask.masked_fill(hidden, Lowest(dtype)).MoveToOuterDisposeScope(); // [B or 1, 1, T, T]
    }

    private static double Lowest(ScalarType dtype) => finfo(dtype).min;
}
