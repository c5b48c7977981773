using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dllm.Layers.Kernels;

/// <summary>The softmax of attention: scale, mask, exponentials and their sum over a row of scores, in float32 and in place.</summary>
internal readonly unsafe struct MaskedSoftmax<T>(
    T* scores, T* mask, float scale, long heads, long queries, long keys, long maskBatchStep, long maskQueryStep) : IRowKernel
    where T : unmanaged, IElement<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(long first, long behind)
    {
        var wide = (float*)NativeMemory.AlignedAlloc((nuint)((keys + Lanes.Count) * sizeof(float)), 64); // a row in float32
        for (var row = first; row < behind; row++)
        {
            var hidden = mask == null ? null : mask + row / (heads * queries) * maskBatchStep + row % queries * maskQueryStep;
            var largest = Largest(scores + row * keys, hidden, wide);
            if (float.IsNegativeInfinity(largest)) new Span<T>(scores + row * keys, (int)keys).Clear(); // nothing is seen
            else Weigh(wide, largest, scores + row * keys);
        }

        NativeMemory.AlignedFree(wide);
    }

    // Whole vectors and the rest apart: a loop that may call spills what it holds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private float Largest(T* row, T* hidden, float* wide)
    {
        var (factor, whole) = (Vector512.Create(scale), keys - keys % Lanes.Count);
        var largest = Vector512.Create(float.NegativeInfinity);
        if (hidden == null)
        {
            for (var i = 0L; i < whole; i += Lanes.Count) largest = Vector512.MaxNative(largest, Keep(T.Load(row + i) * factor, wide + i));
        }
        else
        {
            for (var i = 0L; i < whole; i += Lanes.Count)
                largest = Vector512.MaxNative(largest, Keep(Vector512.FusedMultiplyAdd(T.Load(row + i), factor, T.Load(hidden + i)), wide + i));
        }

        if (whole < keys)
        {
            var score = Lanes.LoadSome(row + whole, keys - whole) * factor;
            if (hidden != null) score += Lanes.LoadSome(hidden + whole, keys - whole);
            largest = Vector512.MaxNative(largest, Keep(Lanes.Only(score, keys - whole, float.NegativeInfinity), wide + whole));
        }

        return Lanes.Max(largest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Keep(Vector512<float> values, float* at)
    {
        values.Store(at);
        return values;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Weigh(float* wide, float largest, T* row)
    {
        var (behind, whole) = (keys, keys - keys % Lanes.Count);
        var (sum, bound) = (Vector512<float>.Zero, Vector512.Create(largest));
        for (var i = 0L; i < behind; i += Lanes.Count) sum += Keep(Vectors.Exp(Vector512.Load(wide + i) - bound), wide + i);
        var share = Vector512.Create(1 / Vector512.Sum(sum));
        for (var i = 0L; i < whole; i += Lanes.Count) T.Store(Vector512.Load(wide + i) * share, row + i);
        if (whole < behind) Lanes.StoreSome(Vector512.Load(wide + whole) * share, row + whole, behind - whole);
    }
}
