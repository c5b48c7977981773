using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dllm.Layers.Kernels;

/// <summary>Functions of sixteen float32 values at a time.</summary>
internal static class Vectors
{
    /// <summary>eˣ to a few units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // eˣ = 2ⁿ·eʳ with n whole and |r| ≤ ln 2 / 2; ln 2 in two parts, so that r loses nothing; eʳ by its series. The bounds keep n in range
        // and lie where the result is 0 or ∞ already; a maximum of the machine's own gives its second operand where one is NaN.
        var bounded = Vector512.MinNative(Vector512.Create(89f), Vector512.MaxNative(Vector512.Create(-104f), x));
        var n = Vector512.Round(bounded * Vector512.Create(1.44269504f));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), bounded);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var series = Vector512.FusedMultiplyAdd(Vector512.Create(1 / 5040f), r, Vector512.Create(1 / 720f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 120f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 24f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 6f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(0.5f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512<float>.One);
        series = Vector512.FusedMultiplyAdd(series, r, Vector512<float>.One);
        return TimesPowerOfTwo(series, n);
    }

    // values · 2ⁿ, in two steps where there is no instruction for it, as 2ⁿ alone may be out of range.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> TimesPowerOfTwo(Vector512<float> values, Vector512<float> n)
    {
        if (Avx512F.IsSupported) return Avx512F.Scale(values, n);
        var whole = Vector512.ConvertToInt32(n);
        var half = whole >> 1;
        return values * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> n) => ((n + Vector512.Create(127)) << 23).AsSingle();

    /// <summary>
    /// Φ(x), the standard normal's distribution, to 1e-7: by Abramowitz and Stegun's 7.1.26 for the tail, so that a small result keeps its digits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> NormalDistribution(Vector512<float> x)
    {
        var far = Vector512.Abs(x) * Vector512.Create(0.707106781f); // |x| / √2
        var t = Vector512<float>.One / Vector512.FusedMultiplyAdd(far, Vector512.Create(0.3275911f), Vector512<float>.One);
        var series = Vector512.Create(1.061405429f);
        series = Vector512.FusedMultiplyAdd(series, t, Vector512.Create(-1.453152027f));
        series = Vector512.FusedMultiplyAdd(series, t, Vector512.Create(1.421413741f));
        series = Vector512.FusedMultiplyAdd(series, t, Vector512.Create(-0.284496736f));
        series = Vector512.FusedMultiplyAdd(series, t, Vector512.Create(0.254829592f));
        var tail = series * t * Exp(-far * far) * Vector512.Create(0.5f); // Φ(-|x|)
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), Vector512<float>.One - tail, tail);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));
}
