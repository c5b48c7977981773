using System.Buffers.Binary;
using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>Values of the stored types that torch does not have (or TorchSharp does not name), in the next wider type.</summary>
internal static class NarrowTypes
{
    /// <summary>Converts a tensor's bytes.</summary>
    /// <exception cref="OverflowException">A U64 is beyond int64, or the tensor has more elements than an array.</exception>
    public static torch.Tensor Widen(ReadOnlySpan<byte> bytes, TensorEntry entry)
    {
        long[] shape = [.. entry.Shape];
        var count = checked((int)(8L * bytes.Length / entry.Type.Bits()));
        switch (entry.Type)
        {
            case SafetensorsType.U16:
                var ints = new int[count];
                for (var i = 0; i < count; i++)
                    ints[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]);
                return torch.tensor(ints, shape);
            case SafetensorsType.U32:
                var longs = new long[count];
                for (var i = 0; i < count; i++)
                    longs[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
                return torch.tensor(longs, shape);
            case SafetensorsType.U64:
                longs = new long[count];
                for (var i = 0; i < count; i++)
                    longs[i] = checked((long)BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]));
                return torch.tensor(longs, shape);
            default:
                return torch.tensor(DecodeFloats(bytes, count, entry.Type), shape);
        }
    }

    /// <summary>Elements lie densely, the first in the lowest bits of the first byte.</summary>
    private static float[] DecodeFloats(ReadOnlySpan<byte> bytes, int count, SafetensorsType type)
    {
        var bits = type.Bits();
        var values = new float[1 << bits];
        for (var code = 0; code < values.Length; code++)
            values[code] = Decode(code, type);
        var floats = new float[count];
        for (var i = 0; i < count; i++)
        {
            var (place, shift) = Math.DivRem((long)i * bits, 8);
            int window = bytes[(int)place];
            if (shift + bits > 8)
                window |= bytes[(int)place + 1] << 8;
            floats[i] = values[(window >> (int)shift) & (values.Length - 1)];
        }

        return floats;
    }

    private static float Decode(int code, SafetensorsType type) => type switch
    {
        SafetensorsType.F8_E8M0 => code == 255 ? float.NaN : MathF.ScaleB(1, code - 127), // a bare exponent
        SafetensorsType.F8_E5M2 when (code & 0x7C) == 0x7C => (code & 3) != 0 ? float.NaN
            : (code & 0x80) != 0 ? float.NegativeInfinity : float.PositiveInfinity,
        SafetensorsType.F8_E5M2 => Decode(code, 5, 2),
        SafetensorsType.F8_E4M3 => (code & 0x7F) == 0x7F ? float.NaN : Decode(code, 4, 3), // finite but for one code
        SafetensorsType.F6_E3M2 => Decode(code, 3, 2),
        SafetensorsType.F6_E2M3 => Decode(code, 2, 3),
        SafetensorsType.F4 => Decode(code, 2, 1),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Sign, exponent with the usual bias 2^(e-1) - 1, mantissa; exponent 0 is subnormal; nothing is infinite.</summary>
    private static float Decode(int code, int exponentBits, int mantissaBits)
    {
        var mantissa = code & ((1 << mantissaBits) - 1);
        var exponent = (code >> mantissaBits) & ((1 << exponentBits) - 1);
        var bias = (1 << (exponentBits - 1)) - 1;
        var magnitude = exponent == 0
            ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : MathF.ScaleB(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
        return (code >> (exponentBits + mantissaBits)) == 0 ? magnitude : -magnitude;
    }
}
