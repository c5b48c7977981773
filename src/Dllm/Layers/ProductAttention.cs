using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Layers;

// B batch, H heads, T queries, S keys, K head width.

/// <summary>
/// Attention as two matrix products and a softmax, by oneDNN's kernels. torch's fused attention on the CPU multiplies small tiles by slow
/// products of its own: with AVX-512 it comes to a sixth of the processor's speed in bfloat16, to a third in float32.
/// </summary>
/// <remarks>Inference on the CPU only. In bfloat16 the scores are rounded to it before the softmax, as in the eager attention of transformers.</remarks>
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
          def attend_each(self: __torch__.Script, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor], scale: float) -> Tensor:
            _0 = annotate(List[Optional[number]], [])
            _r = annotate(List[Tensor], [])
            for _b in range(torch.size(q, 0)):
              for _h in range(torch.size(q, 1)):
                _q = torch.mul(torch.select(torch.select(q, 0, _b), 0, _h), scale)
                _k = torch.contiguous(torch.select(torch.select(k, 0, _b), 0, _h))
                _v = torch.contiguous(torch.t(torch.select(torch.select(v, 0, _b), 0, _h)))
                _s = ops.mkldnn._linear_pointwise(_q, _k, None, "none", _0, "")
                if torch.__isnot__(mask, None):
                  _m = unchecked_cast(Tensor, mask)
                  if torch.eq(torch.size(_m, 0), 1):
                    _i = 0
                  else:
                    _i = _b
                  _a = torch.add_(_s, torch.select(torch.select(_m, 0, _i), 0, 0))
                else:
                  _a = _s
                _p = torch.softmax(_a, -1)
                _o = ops.mkldnn._linear_pointwise(_p, _v, None, "none", _0, "")
                _n = torch.append(_r, _o)
            return torch.view(torch.stack(_r), torch.size(q))

        """;

    private static readonly Lazy<jit.ScriptModule?> Loaded = new(() => SavedScript.Load(Methods));

    /// <summary>Whether it is the faster way for such queries [B, H, T, K] here.</summary>
    public static bool Pays(Tensor query) =>
        Avx512F.IsSupported && !is_grad_enabled() && query.device_type == DeviceType.CPU
        && query.dtype is ScalarType.BFloat16 or ScalarType.Float32 && Loaded.Value is not null;

    /// <summary>softmax(q·kᵀ/√K + mask)·v; a query whose mask hides everything with -∞ gives 0.</summary>
    /// <param name="query">[B, H, T, K].</param>
    /// <param name="key">[B, H, S, K].</param>
    /// <param name="value">[B, H, S, K].</param>
    /// <param name="mask">Additive [B or 1, 1, T or 1, S]; null shows everything.</param>
    /// <returns>[B, H, T, K].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var method = query.dtype == ScalarType.BFloat16 ? "attend" : "attend_each";
        var attended = (Tensor)Loaded.Value!.invoke(method, query, key, value, mask!, 1 / Math.Sqrt(query.size(-1)));
        if (mask is not null)
            attended.masked_fill_(mask.amax([-1], keepdim: true).eq(double.NegativeInfinity), 0); // softmax of nothing is NaN
        return attended.MoveToOuterDisposeScope();
    }
}
