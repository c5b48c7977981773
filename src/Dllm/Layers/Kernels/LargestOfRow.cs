using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dllm.Layers.Kernels;

/// <summary>Where a row is largest: the first of equals; as in torch, not a number counts as larger than every number.</summary>
internal readonly unsafe struct LargestOfRow<T>(T* rows, long step, long width, long* to) : IRowKernel
    where T : unmanaged, IElement<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(long first, long behind)
    {
        var whole = width - width % Lanes.Count;
        for (var row = first; row < behind; row++)
        {
            var values = rows + row * step;
            var largest = Vector512.Create(float.NegativeInfinity);
            for (var i = 0L; i < whole; i += Lanes.Count) largest = Vector512.Max(largest, T.Load(values + i));
            if (whole < width) largest = Vector512.Max(largest, End(values, whole));
            to[row] = First(values, Lanes.Max(largest), whole);
        }
    }

    private Vector512<float> End(T* values, long whole) =>
        Lanes.Only(Lanes.LoadSome(values + whole, width - whole), width - whole, float.NegativeInfinity);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private long First(T* values, float sought, long whole)
    {
        for (var i = 0L; i < whole; i += Lanes.Count)
        {
            var found = Is(T.Load(values + i), sought);
            if (found != 0) return i + BitOperations.TrailingZeroCount(found);
        }

        return whole + BitOperations.TrailingZeroCount(Is(End(values, whole), sought));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Is(Vector512<float> values, float sought) => float.IsNaN(sought)
        ? ~Vector512.Equals(values, values).ExtractMostSignificantBits() & 0xFFFF
        : Vector512.Equals(values, Vector512.Create(sought)).ExtractMostSignificantBits();
}
