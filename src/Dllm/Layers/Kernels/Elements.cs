using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dllm.Layers.Kernels;

/// <summary>A type of tensors' elements, read and written sixteen at a time; all arithmetic is in float32.</summary>
/// <typeparam name="TSelf">The implementing type, as large as an element.</typeparam>
internal unsafe interface IElement<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    /// <summary>Reads sixteen elements.</summary>
    static abstract Vector512<float> Load(TSelf* from);

    /// <summary>Writes sixteen elements, rounded to the nearest, ties to even.</summary>
    static abstract void Store(Vector512<float> values, TSelf* to);

    /// <summary>What would be read again after writing.</summary>
    static abstract Vector512<float> Round(Vector512<float> values);
}

/// <summary>float32.</summary>
internal readonly struct Single : IElement<Single>
{
    private readonly float _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(Single* from) => Vector512.Load(&from->_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector512<float> values, Single* to) => values.Store(&to->_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> values) => values;
}

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly struct BFloat16 : IElement<BFloat16>
{
    private readonly ushort _bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(BFloat16* from)
    {
        var bits = Vector256.Load(&from->_bits);
        return (Wide(bits) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector512<float> values, BFloat16* to) => Narrow(Rounded(values) >> 16).Store(&to->_bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> values) => (Rounded(values) & Vector512.Create(0xFFFF0000)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rounded(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One);
        return Vector512.ConditionalSelect(Vector512.Equals(values, values).AsUInt32(), rounded, Vector512.Create(0x7FC00000u)); // NaN stays NaN
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Wide(Vector256<ushort> bits)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512UInt32(bits);
        var (lower, upper) = Vector256.Widen(bits);
        return Vector512.Create(lower, upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<uint> bits) =>
        Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(bits) : Vector256.Narrow(bits.GetLower(), bits.GetUpper());
}
