using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Layers;

// B batch, H heads, T queries, S keys, K head width.

/// <summary>
/// Attention in bfloat16 as two products of oneDNN's and a softmax. torch's fused attention on the CPU multiplies small tiles one by one: with
/// AVX-512 it comes to a sixth of the processor's speed, and takes two and a half times as long. (In float32 nothing is gained.)
/// </summary>
/// <remarks>Inference on the CPU only. The scores are rounded to bfloat16 before the softmax, as in the eager attention of transformers.</remarks>
internal static class ProductAttention
{
    private const string Methods = """
          def attend(self: __torch__.Script, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor], scale: float) -> Tensor:
            _q = torch.mul(torch.contiguous(q), scale)
            _k = torch.contiguous(k)
            _s = torch.matmul(_q, torch.transpose(_k, -2, -1))
            if torch.__isnot__(mask, None):
              _m = unchecked_cast(Tensor, mask)
              _a = torch.add_(_s, _m)
            else:
              _a = _s
            _p = torch.softmax(_a, -1)
            return torch.matmul(_p, v)

        """;

    private static readonly Lazy<jit.ScriptModule?> Loaded = new(() => SavedScript.Load(Methods));

    /// <summary>Whether it is the faster way for such queries [B, H, T, K] here.</summary>
    public static bool Pays(Tensor query) =>
        Avx512F.IsSupported && !is_grad_enabled() && query.device_type == DeviceType.CPU && query.dtype == ScalarType.BFloat16
        && Loaded.Value is not null;

    /// <summary>softmax(q·kᵀ/√K + mask)·v; a query whose mask hides everything with -∞ gives 0.</summary>
    /// <param name="query">[B, H, T, K].</param>
    /// <param name="key">[B, H, S, K].</param>
    /// <param name="value">[B, H, S, K].</param>
    /// <param name="mask">Additive [B or 1, 1, T or 1, S]; null shows everything.</param>
    /// <param name="everyQuerySees">Whether the mask is known to leave every query a key.</param>
    /// <returns>[B, H, T, K].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, bool everyQuerySees = false)
    {
        using var scope = NewDisposeScope();
        var attended = (Tensor)Loaded.Value!.Call("attend", query, key, value, mask, 1 / Math.Sqrt(query.size(-1)));
        if (mask is not null && !everyQuerySees)
            attended.masked_fill_(mask.amax([-1], keepdim: true).eq(double.NegativeInfinity), 0); // softmax of nothing is NaN
        return attended.MoveToOuterDisposeScope();
    }
}
