using System.Runtime.InteropServices;
using Dllm.Runtime;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// oneDNN's matrix products with weights reordered once into the layout its kernels read. Inference on the CPU only: nothing here has a
/// gradient.
/// </summary>
internal static class OneDnnProducts
{
    private const string Methods = """
          def pack(self: __torch__.Script, w: Tensor) -> Tensor:
            _0 = ops.mkldnn._reorder_linear_weight(w, None)
            return _0
          def linear(self: __torch__.Script, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
            _0 = annotate(List[Optional[number]], [])
            _1 = ops.mkldnn._linear_pointwise(x, w, b, "none", _0, "")
            return _1

        """;

    private static readonly Lazy<jit.ScriptModule?> Loaded = new(() => SavedScript.Load(Methods));

    /// <summary>Whether this libtorch has the operators: builds for x86-64 and most for ARM have.</summary>
    public static bool AreAvailable => Loaded.Value is not null;

    // With AVX-512 and float32 the columns behind the last whole tile of 64 come out wrong: matrices are filled up to whole tiles.
    private const long Tile = 64;

    /// <summary>
    /// The matrix [out, in] in oneDNN's own layout, its rows filled up with zeros to a multiple of 64; or null where it has no kernel for the
    /// type on this processor (bfloat16 without AVX-512), or one that multiplies wrongly. The caller owns it.
    /// </summary>
    public static Tensor? Pack(Tensor weight)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var missing = (Tile - weight.size(0) % Tile) % Tile;
        try
        {
            var whole = missing == 0 ? weight : nn.functional.pad(weight, [0, 0, 0, missing]);
            NativeHeap.ReserveHugePages();
            var packed = (Tensor)Loaded.Value!.Call("pack", whole);
            return IsRight(packed, weight) ? packed.MoveToOuterDisposeScope() : null;
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    /// <summary>x·Wᵀ + b: [..., in] → [..., out].</summary>
    /// <param name="input">[..., in].</param>
    /// <param name="packed">What <see cref="Pack"/> gave.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="outputs">The rows of the matrix before it was filled up.</param>
    public static Tensor Linear(Tensor input, Tensor packed, Tensor? bias, long outputs)
    {
        if (outputs % Tile == 0) return Multiply(input, packed, bias);
        using var padded = Multiply(input, packed, null);
        var product = padded.narrow(-1, 0, outputs);
        return bias is null ? product : product.add_(bias);
    }

    // The layout is oneDNN's own affair: one row tells whether the product reads it as it was written.
    private static bool IsRight(Tensor packed, Tensor weight)
    {
        var row = linspace(-1, 1, weight.size(1), weight.dtype).unsqueeze(0); // [1, in]
        var (expected, actual) = (nn.functional.linear(row, weight).@float(), Linear(row, packed, null, weight.size(0)).@float());
        var scale = row.@float().abs().matmul(weight.@float().abs().t()).clamp_min(1e-30); // [1, out]: what its terms add up to
        return ((expected - actual).abs() / scale).max().item<float>() < (weight.dtype == ScalarType.Float32 ? 1e-4f : 0.05f);
    }

    private static Tensor Multiply(Tensor input, Tensor packed, Tensor? bias) => (Tensor)Loaded.Value!.Call("linear", input, packed, bias);
}
