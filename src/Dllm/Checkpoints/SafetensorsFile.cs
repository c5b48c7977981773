using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>
/// A safetensors file, mapped into memory. The header is checked whole before anything is read: no length in it is trusted, so a hostile
/// file cannot make us allocate or read outside.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>Bytes that are read and converted at a time.</summary>
    private const int Part = 1 << 24;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly MappedMemory _memory;

    private SafetensorsFile(string path, SafetensorsHeader header, FileStream stream)
    {
        _path = path;
        _stream = stream;
        _memory = new MappedMemory(stream);
        Tensors = header.Tensors;
        Metadata = header.Metadata;
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>The free texts of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="DllmException">The file is missing, truncated or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        var stream = PlainFile.OpenRead(path);
        try
        {
            return new SafetensorsFile(path, SafetensorsHeader.Read(stream, path, stream.Length), stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DllmException)
        {
            stream.Dispose();
            if (error is DllmException)
                throw;
            throw new DllmException($"'{path}' cannot be read: {error.Message}", innerException: error);
        }
    }

    /// <summary>
    /// The tensor of a name, on the CPU. Where the type and alignment allow, it shares the file's pages (copy on write: changing it never
    /// changes the file) and stays valid after this object is disposed; else it is a copy. Types that torch lacks come back in the next
    /// wider one (U16 as int32, U32 and U64 as int64, floats of 8 bits and fewer as float32).
    /// </summary>
    /// <exception cref="DllmException">No tensor has this name, or a U64 holds a value beyond int64.</exception>
    public torch.Tensor Read(string name)
    {
        var entry = Find(name);
        if (entry.ByteLength == 0)
            return torch.empty([.. entry.Shape], entry.Type.InTorch());
        if (entry.Type.SameInTorch() is { } same)
            return _memory.TryShare(entry, same) ?? _memory.Copy(entry, same);
        try
        {
            return NarrowTypes.Widen(_memory.Bytes(entry), entry);
        }
        catch (OverflowException error)
        {
            throw new DllmException($"tensor '{name}' of '{_path}' is too large to convert from {entry.Type}", innerException: error);
        }
    }

    /// <summary>
    /// Copies a tensor's values into another of the same shape, converted to its type and on its device, a part at a time: besides the
    /// target no more memory is needed than a part's, however large the file.
    /// </summary>
    /// <returns>Whether every value is finite.</returns>
    /// <exception cref="DllmException">No tensor has this name, or the file cannot be read.</exception>
    public bool ReadInto(string name, torch.Tensor target)
    {
        var entry = Find(name);
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        if (entry.Type.SameInTorch() is not { } type)
        {
            target.copy_(Read(name)); // stored types that torch lacks are small or rare
            return target.isfinite().all().item<bool>();
        }

        var flat = target.detach().view(-1);
        var width = entry.Type.Bits() / 8;
        var staging = torch.empty(Math.Min(Part / width, Math.Max(1, flat.numel())), type);
        var finite = true;
        for (long first = 0; first < flat.numel(); first += Part / width)
        {
            var count = Math.Min(Part / width, flat.numel() - first);
            using var part = staging.narrow(0, 0, count);
            using var place = flat.narrow(0, first, count);
            ReadBytes(entry.Offset + (first * width), part.bytes);
            finite = finite && FiniteCheck.All(part.bytes, entry.Type);
            place.copy_(part);
        }

        return finite;
    }

    /// <summary>Whether every value of a tensor is finite; this reads all of it, once.</summary>
    internal bool IsFinite(string name) => _memory.IsFinite(Find(name));

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Dispose();
        _stream.Dispose();
    }

    private TensorEntry Find(string name) => Tensors.TryGetValue(name, out var entry)
        ? entry
        : throw new DllmException($"'{_path}' has no tensor '{name}'");

    private void ReadBytes(long offset, Span<byte> into)
    {
        try
        {
            while (into.Length > 0)
            {
                var count = RandomAccess.Read(_stream.SafeFileHandle, into, offset);
                if (count == 0)
                    throw new EndOfStreamException("it has become shorter");
                into = into[count..];
                offset += count;
            }
        }
        catch (IOException error)
        {
            throw new DllmException($"'{_path}' cannot be read: {error.Message}", innerException: error);
        }
    }
}
