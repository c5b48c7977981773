using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dllm.Layers.Kernels;

/// <summary>
/// Rounds each row to whole numbers from -127 to 127, with the scale that takes its largest magnitude to 127. The scale of a row of zeros is 0,
/// that of a row with NaN or infinity is not finite.
/// </summary>
internal readonly unsafe struct Quantization<T>(T* from, sbyte* to, float* scales, long width) : IRowKernel
    where T : unmanaged, IElement<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(long first, long behind)
    {
        for (var row = first; row < behind; row++)
        {
            var largest = Largest(from + row * width);
            scales[row] = largest / 127;
            Round(from + row * width, largest > 0 ? 127 / largest : 0, to + row * width);
        }
    }

    // Magnitudes in the order of their bits, which puts NaN above infinity above all others. The end of a row comes first: what lives across
    // a call is kept in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private float Largest(T* row)
    {
        var whole = width - width % Lanes.Count;
        var rest = whole < width ? Lanes.LoadSome(row + whole, width - whole) : Vector512<float>.Zero;
        var magnitude = Vector512.Create(0x7FFFFFFFu);
        var largest = rest.AsUInt32() & magnitude;
        for (var i = 0L; i < whole; i += Lanes.Count) largest = Vector512.Max(largest, T.Load(row + i).AsUInt32() & magnitude);
        return Lanes.Max(largest.AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Round(T* row, float inverse, sbyte* target)
    {
        var whole = width - width % Lanes.Count;
        if (whole < width)
        {
            var rest = Narrow(Lanes.LoadSome(row + whole, width - whole) * Vector512.Create(inverse));
            for (var i = whole; i < width; i++) target[i] = rest[(int)(i - whole)];
        }

        var factor = Vector512.Create(inverse);
        for (var i = 0L; i < whole; i += Lanes.Count) Narrow(T.Load(row + i) * factor).Store(target + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> Narrow(Vector512<float> values)
    {
        var whole = Vector512.ConvertToInt32Native(Vector512.Round(values)); // ties to even; what is not finite ends as 0
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector128SByte(whole);
        var half = Vector256.Narrow(whole.GetLower(), whole.GetUpper());
        return Vector128.Narrow(half.GetLower(), half.GetUpper());
    }
}

/// <summary>Sums of products of rounded numbers, as what they stand for: sum · scale of the row · scale of the column + offset.</summary>
internal readonly unsafe struct Dequantization<T>(int* sums, float* rowScales, float* columnScales, T* offsets, T* to, long width) : IRowKernel
    where T : unmanaged, IElement<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(long first, long behind)
    {
        var (length, whole) = (width, width - width % Lanes.Count);
        float* columns = columnScales;
        for (var row = first; row < behind; row++)
        {
            int* source = sums + row * length;
            T* target = to + row * length;
            var scale = Vector512.Create(rowScales[row]);
            if (offsets == null)
            {
                for (var i = 0L; i < whole; i += Lanes.Count)
                    T.Store(Vector512.ConvertToSingle(Vector512.Load(source + i)) * (scale * Vector512.Load(columns + i)), target + i);
            }
            else
            {
                for (var i = 0L; i < whole; i += Lanes.Count)
                {
                    var product = Vector512.ConvertToSingle(Vector512.Load(source + i)) * (scale * Vector512.Load(columns + i));
                    T.Store(product + T.Load(offsets + i), target + i);
                }
            }

            if (whole < length) Rest(source + whole, rowScales[row], whole, target + whole);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Rest(int* source, float scale, long at, T* target)
    {
        var left = width - at;
        var sum = Vector512.ConvertToSingle(Lanes.LoadSome((Single*)source, left).AsInt32());
        var product = sum * (Vector512.Create(scale) * Lanes.LoadSome((Single*)(columnScales + at), left));
        if (offsets != null) product += Lanes.LoadSome(offsets + at, left);
        Lanes.StoreSome(product, target, left);
    }
}
