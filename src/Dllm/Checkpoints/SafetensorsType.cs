using System.Collections.Frozen;
using static TorchSharp.torch;

namespace Dllm.Checkpoints;

/// <summary>The element types of the safetensors format, by the names that headers use.</summary>
/// <remarks>In the format's own order: the reference writer puts later types first in a file.</remarks>
public enum SafetensorsType
{
#pragma warning disable CS1591 // the names are the documentation
    BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64,
#pragma warning restore CS1591
}

/// <summary>What is known of each <see cref="SafetensorsType"/>.</summary>
public static class SafetensorsTypes
{
    private static readonly FrozenDictionary<string, SafetensorsType> ByName =
        Enum.GetValues<SafetensorsType>().ToFrozenDictionary(type => type.ToString(), StringComparer.Ordinal);

    /// <summary>Finds a type by the name in a header; names differ by case.</summary>
    public static bool TryParse(string name, out SafetensorsType type) => ByName.TryGetValue(name, out type);

    /// <summary>Bits of one element.</summary>
    public static int Bits(this SafetensorsType type) => type switch
    {
        SafetensorsType.F4 => 4,
        SafetensorsType.F6_E2M3 or SafetensorsType.F6_E3M2 => 6,
        SafetensorsType.BOOL or SafetensorsType.U8 or SafetensorsType.I8 => 8,
        SafetensorsType.F8_E5M2 or SafetensorsType.F8_E4M3 or SafetensorsType.F8_E8M0 => 8,
        SafetensorsType.I16 or SafetensorsType.U16 or SafetensorsType.F16 or SafetensorsType.BF16 => 16,
        SafetensorsType.I32 or SafetensorsType.U32 or SafetensorsType.F32 => 32,
        _ => 64,
    };

    /// <summary>The torch type with the same bits, or null where TorchSharp has none.</summary>
    public static ScalarType? SameInTorch(this SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL => ScalarType.Bool,
        SafetensorsType.U8 => ScalarType.Byte,
        SafetensorsType.I8 => ScalarType.Int8,
        SafetensorsType.I16 => ScalarType.Int16,
        SafetensorsType.F16 => ScalarType.Float16,
        SafetensorsType.BF16 => ScalarType.BFloat16,
        SafetensorsType.I32 => ScalarType.Int32,
        SafetensorsType.F32 => ScalarType.Float32,
        SafetensorsType.C64 => ScalarType.ComplexFloat32,
        SafetensorsType.F64 => ScalarType.Float64,
        SafetensorsType.I64 => ScalarType.Int64,
        _ => null,
    };

    /// <summary>The type that <see cref="SafetensorsFile.Read"/> gives: the same where torch has it, else the next wider.</summary>
    public static ScalarType InTorch(this SafetensorsType type) => type.SameInTorch() ?? type switch
    {
        SafetensorsType.U16 => ScalarType.Int32,
        SafetensorsType.U32 or SafetensorsType.U64 => ScalarType.Int64,
        _ => ScalarType.Float32,
    };

    /// <summary>The type in a file for a torch type.</summary>
    /// <exception cref="ArgumentException">The format has no such type (complex128).</exception>
    public static SafetensorsType FromTorch(ScalarType type) =>
        Enum.GetValues<SafetensorsType>().Cast<SafetensorsType?>().FirstOrDefault(stored => stored!.Value.SameInTorch() == type)
        ?? throw new ArgumentException($"safetensors has no type for {type}", nameof(type));
}
