using System.Buffers.Binary;
using System.Text;

namespace Dllm.Tests.Checkpoints;

/// <summary>Writes safetensors files by hand, right or wrong.</summary>
internal static class RawSafetensors
{
    public static string Write(TemporaryFolder folder, string header, byte[] data, ulong? declaredLength = null) =>
        Write(folder, Encoding.UTF8.GetBytes(header), data, declaredLength);

    public static string Write(TemporaryFolder folder, byte[] header, byte[] data, ulong? declaredLength = null)
    {
        var path = folder.File("raw.safetensors");
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, declaredLength ?? (ulong)header.Length);
        File.WriteAllBytes(path, [.. length, .. header, .. data]);
        return path;
    }

    /// <summary>A header with one tensor named x.</summary>
    public static string One(string type, string shape, string offsets) =>
        $$$"""{"x":{"dtype":"{{{type}}}","shape":{{{shape}}},"data_offsets":{{{offsets}}}}}""";
}
