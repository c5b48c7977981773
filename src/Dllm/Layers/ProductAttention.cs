using System.Runtime.Intrinsics.X86;
using Dllm.Layers.Kernels;
using static TorchSharp.torch;

namespace Dllm.Layers;

// B batch, H heads, T queries, S keys, K head width.

/// <summary>
/// Attention in bfloat16 as two products of oneDNN's and a softmax. torch's fused attention on the CPU multiplies small tiles one by one: with
/// AVX-512 it comes to a sixth of the processor's speed, and takes two to three times as long. (In float32 nothing is gained.)
/// </summary>
/// <remarks>Inference on the CPU only. The scores are rounded to bfloat16 before the softmax, as in the eager attention of transformers.</remarks>
internal static class ProductAttention
{
    /// <summary>Whether it is the faster way for such queries [B, H, T, K] here.</summary>
    public static bool Pays(Tensor query) => Avx512F.IsSupported && query.dtype == ScalarType.BFloat16 && CpuKernels.CanRun(query);

    /// <summary>softmax(q·kᵀ/√K + mask)·v; a query whose mask hides everything with -∞ gives 0.</summary>
    /// <param name="query">[B, H, T, K].</param>
    /// <param name="key">[B, H, S, K].</param>
    /// <param name="value">[B, H, S, K].</param>
    /// <param name="mask">Additive [B or 1, 1, T or 1, S]; null shows everything.</param>
    /// <returns>[B, H, T, K].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (batch, heads, queries, keys) = (query.size(0), query.size(1), query.size(2), key.size(2));
        var scores = bmm(Joined(query), Joined(key).transpose(1, 2)); // [B·H, T, S]
        CpuKernels.Softmax(scores.view(batch, heads, queries, keys), mask, 1 / Math.Sqrt(query.size(3)));
        return bmm(scores, Joined(value)).view(batch, heads, queries, value.size(3)).MoveToOuterDisposeScope();
    }

    private static Tensor Joined(Tensor heads) => heads.reshape(heads.size(0) * heads.size(1), heads.size(2), heads.size(3));
}
