using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// Functions in TorchScript that call operators which libtorch registers and TorchSharp has no names for.
/// </summary>
/// <remarks>
/// A script given as text can call only torch's own operators; a saved script can call every registered one. So a saved script is put
/// together in memory (a zip archive with its source, and a pickle of a module without state) and loaded. What the source gets wrong ends
/// the process: only tested scripts may be here.
/// </remarks>
internal static class SavedScript
{
    // GLOBAL __torch__.Script, EMPTY_TUPLE, NEWOBJ, {"training": False}, BUILD, STOP
    private static readonly byte[] State =
        [0x80, 2, .. "c__torch__\nScript\n)"u8, 0x81, .. "}X"u8, 8, 0, 0, 0, .. "training"u8, 0x89, .. "sb."u8];

    private const string Head = """
        class Script(Module):
          __parameters__ = []
          __buffers__ = []
          training : bool
          def forward(self: __torch__.Script, x: Tensor) -> Tensor:
            return x

        """;

    /// <summary>A module with these methods, or null where this libtorch lacks an operator that they call.</summary>
    /// <param name="methods">The methods as a saved script spells them, <c>self</c> of the type <c>__torch__.Script</c>, indented by two.</param>
    public static jit.ScriptModule? Load(string methods)
    {
        try
        {
            return jit.load(Archive(Head + methods));
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    private static byte[] Archive(string source)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "data.pkl", State);
            Add(zip, "code/__torch__.py", Encoding.UTF8.GetBytes(source));
            Add(zip, "constants.pkl", [0x80, 2, .. ")."u8]);
            Add(zip, "version", "3\n"u8);
            Add(zip, "byteorder", "little"u8);
        }

        return stream.ToArray();
    }

    private static void Add(ZipArchive zip, string name, ReadOnlySpan<byte> content)
    {
        using var entry = zip.CreateEntry($"script/{name}", CompressionLevel.NoCompression).Open();
        entry.Write(content);
    }
}
