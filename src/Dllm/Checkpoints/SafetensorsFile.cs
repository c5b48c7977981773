using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>
/// A safetensors file, mapped into memory. The header is checked whole before anything is read: no length in it is trusted, so a hostile
/// file cannot make us allocate or read outside.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly string _path;
    private readonly MappedMemory _memory;

    private SafetensorsFile(string path, SafetensorsHeader header, MappedMemory memory)
    {
        _path = path;
        _memory = memory;
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
        if (!File.Exists(path))
            throw new DllmException($"'{path}' does not exist", "name a safetensors file");
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var header = SafetensorsHeader.Read(stream, path);
            return new SafetensorsFile(path, header, new MappedMemory(stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
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
        if (!Tensors.TryGetValue(name, out var entry))
            throw new DllmException($"'{_path}' has no tensor '{name}'");
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

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
