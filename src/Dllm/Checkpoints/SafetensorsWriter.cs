using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    private const long Chunk = 1 << 26; // elements handed to the stream at once; below the 2 GiB that a span spans

    /// <summary>
    /// Writes the tensors aside, flushes them to the disk, then renames: whoever looks sees the old file or the new one, whole.
    /// Tensors may lie on any device and have any strides; they lie in the file by type (as the reference writer orders types), then by
    /// name, so that equal tensors give equal files.
    /// </summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="metadata">Free texts; Python's transformers wants <c>format: pt</c>.</param>
    /// <exception cref="DllmException">The disk is full or the path cannot be written; the old file is kept.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, torch.Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => WriteTo(stream, tensors, metadata));

    private static void WriteTo(
        Stream stream, IReadOnlyDictionary<string, torch.Tensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var ordered = tensors
            .Select(pair => (Name: pair.Key, Tensor: pair.Value, Type: SafetensorsTypes.FromTorch(pair.Value.dtype)))
            .OrderByDescending(item => item.Type).ThenBy(item => item.Name, StringComparer.Ordinal)
            .ToList();
        var header = Header(ordered, metadata);
        var padded = (header.WrittenCount + 7) / 8 * 8; // tensors begin on a multiple of 8, so that readers can map them
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)padded);
        stream.Write(length);
        stream.Write(header.WrittenSpan);
        stream.Write("        "u8[..(padded - header.WrittenCount)]);
        foreach (var (_, tensor, _) in ordered)
            WriteBytes(stream, tensor);
    }

    private static ArrayBufferWriter<byte> Header(
        List<(string Name, torch.Tensor Tensor, SafetensorsType Type)> ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            json.WriteStartObject("__metadata__");
            foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
        }

        long begin = 0;
        foreach (var (name, tensor, type) in ordered)
        {
            var end = begin + tensor.numel() * type.Bits() / 8;
            json.WriteStartObject(name);
            json.WriteString("dtype", type.ToString());
            json.WriteStartArray("shape");
            foreach (var size in tensor.shape)
                json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(begin);
            json.WriteNumberValue(end);
            json.WriteEndArray();
            json.WriteEndObject();
            begin = end;
        }

        json.WriteEndObject();
        json.Flush();
        return buffer;
    }

    private static void WriteBytes(Stream stream, torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        for (long first = 0; first < flat.numel(); first += Chunk)
        {
            using var part = flat.narrow(0, first, Math.Min(Chunk, flat.numel() - first));
            stream.Write(part.bytes);
        }
    }
}
