using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dllm.Layers.Kernels;

/// <summary>What belongs to sixteen lanes: their largest, and the ends of rows that fill them in part, which go by way of a buffer.</summary>
internal static unsafe class Lanes
{
    /// <summary>Elements read at a time.</summary>
    public const int Count = 16;

    /// <summary>The first lanes of a vector, the others filled up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Only(Vector512<float> values, long left, float filler) => Vector512.ConditionalSelect(
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)left)).AsSingle(), values, Vector512.Create(filler));

    /// <summary>The largest lane; NaN where one is NaN.</summary>
    public static float Max(Vector512<float> values)
    {
        var half = Vector256.Max(values.GetLower(), values.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }

    /// <summary>Reads fewer than sixteen elements; the lanes behind them are 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector512<float> LoadSome<T>(T* from, long left)
        where T : unmanaged, IElement<T>
    {
        var buffer = stackalloc T[Count];
        new Span<T>(buffer, Count).Clear();
        new Span<T>(from, (int)left).CopyTo(new Span<T>(buffer, Count));
        return T.Load(buffer);
    }

    /// <summary>Writes fewer than sixteen elements.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StoreSome<T>(Vector512<float> values, T* to, long left)
        where T : unmanaged, IElement<T>
    {
        var buffer = stackalloc T[Count];
        T.Store(values, buffer);
        new Span<T>(buffer, (int)left).CopyTo(new Span<T>(to, (int)left));
    }
}
