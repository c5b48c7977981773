using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// oneDNN's matrix products with weights reordered once into the layout its kernels read, which libtorch registers as operators and
/// TorchSharp has no names for. Inference on the CPU only: nothing here has a gradient.
/// </summary>
/// <remarks>
/// A script given as text can call only torch's own operators; a saved script can call every registered one. So a saved script of a
/// few lines is put together in memory (a zip archive with its source, and a pickle of a module without state) and loaded.
/// </remarks>
internal static class OneDnnProducts
{
    private const string Source = """
        class Products(Module):
          __parameters__ = []
          __buffers__ = []
          training : bool
          def forward(self: __torch__.Products, x: Tensor) -> Tensor:
            return x
          def pack(self: __torch__.Products, w: Tensor) -> Tensor:
            _0 = ops.mkldnn._reorder_linear_weight(w, None)
            return _0
          def linear(self: __torch__.Products, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
            _0 = annotate(List[Optional[number]], [])
            _1 = ops.mkldnn._linear_pointwise(x, w, b, "none", _0, "")
            return _1

        """;

    // GLOBAL __torch__.Products, EMPTY_TUPLE, NEWOBJ, {"training": False}, BUILD, STOP
    private static readonly byte[] State =
        [0x80, 2, .. "c__torch__\nProducts\n)"u8, 0x81, .. "}X"u8, 8, 0, 0, 0, .. "training"u8, 0x89, .. "sb."u8];

    private static readonly Lazy<jit.ScriptModule?> Loaded = new(Load);

    /// <summary>Whether this libtorch has the operators: builds for x86-64 and most for ARM have.</summary>
    public static bool AreAvailable => Loaded.Value is not null;

    /// <summary>
    /// The matrix [out, in] in oneDNN's own layout, or null where it has no kernel for the type on this processor (bfloat16 without
    /// AVX-512). The caller owns it.
    /// </summary>
    public static Tensor? Pack(Tensor weight)
    {
        using var guard = no_grad();
        try
        {
            return (Tensor)Loaded.Value!.invoke("pack", weight);
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    /// <summary>x·Wᵀ + b: [..., in] → [..., out].</summary>
    public static Tensor Linear(Tensor input, Tensor packed, Tensor? bias) => (Tensor)Loaded.Value!.invoke("linear", input, packed, bias!);

    private static jit.ScriptModule? Load()
    {
        try
        {
            return jit.load(Archive());
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    private static byte[] Archive()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "data.pkl", State);
            Add(zip, "code/__torch__.py", Encoding.UTF8.GetBytes(Source));
            Add(zip, "constants.pkl", [0x80, 2, .. ")."u8]);
            Add(zip, "version", "3\n"u8);
            Add(zip, "byteorder", "little"u8);
        }

        return stream.ToArray();
    }

    private static void Add(ZipArchive zip, string name, ReadOnlySpan<byte> content)
    {
        using var entry = zip.CreateEntry($"products/{name}", CompressionLevel.NoCompression).Open();
        entry.Write(content);
    }
}
