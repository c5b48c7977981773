using System.Runtime.InteropServices;
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

    /// <summary>
    /// The matrix [out, in] in oneDNN's own layout, or null where it has no kernel for the type on this processor (bfloat16 without
    /// AVX-512). The caller owns it.
    /// </summary>
    public static Tensor? Pack(Tensor weight)
    {
        using var guard = no_grad();
        try
        {
            return (Tensor)Loaded.Value!.invoke("pack", weight);
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    /// <summary>x·Wᵀ + b: [..., in] → [..., out].</summary>
    public static Tensor Linear(Tensor input, Tensor packed, Tensor? bias) => (Tensor)Loaded.Value!.invoke("linear", input, packed, bias!);
}
