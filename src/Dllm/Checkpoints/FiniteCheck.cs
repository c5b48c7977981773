using System.Numerics;
using System.Runtime.InteropServices;

namespace Dllm.Checkpoints;

/// <summary>
/// Looks for NaN and infinity in stored numbers at the speed of memory: a float is not finite where all bits of its exponent are set.
/// </summary>
internal static class FiniteCheck
{
    /// <summary>
    /// Whether every number is finite. Whole numbers are; so are the types that torch lacks, which are looked at once they are converted.
    /// </summary>
    /// <param name="bytes">Whole elements.</param>
    /// <param name="type">Their type.</param>
    public static bool All(ReadOnlySpan<byte> bytes, SafetensorsType type) => type switch
    {
        SafetensorsType.F16 => None<ushort>(bytes, 0x7C00),
        SafetensorsType.BF16 => None<ushort>(bytes, 0x7F80),
        SafetensorsType.F32 => None<uint>(bytes, 0x7F80_0000),
        SafetensorsType.F64 => None<ulong>(bytes, 0x7FF0_0000_0000_0000),
        _ => true,
    };

    private static bool None<T>(ReadOnlySpan<byte> bytes, T exponent)
        where T : struct, IBinaryInteger<T>
    {
        var vectors = MemoryMarshal.Cast<byte, Vector<T>>(bytes);
        var mask = new Vector<T>(exponent);
        foreach (ref readonly var vector in vectors)
        {
            if (Vector.EqualsAny(vector & mask, mask))
                return false;
        }

        foreach (var value in MemoryMarshal.Cast<byte, T>(bytes[(vectors.Length * Vector<byte>.Count)..]))
        {
            if ((value & exponent) == exponent)
                return false;
        }

        return true;
    }
}
