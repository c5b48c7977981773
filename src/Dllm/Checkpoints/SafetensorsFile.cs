using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>
/// A safetensors file, mapped into memory. The header is checked whole before anything is read: no length in it is trusted, so a hostile
/// file cannot make us allocate or read outside.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private SafetensorsFile(IReadOnlyDictionary<string, TensorEntry> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>The free strings of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="DllmException">The file is missing, truncated or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path) => throw new NotImplementedException();

    /// <summary>
    /// The tensor of a name, on the CPU. Where the type and alignment allow, it shares the file's pages (copy on write: changing it never
    /// changes the file) and stays valid after this object is disposed; else it is a copy. Types that torch lacks come back in the next
    /// wider one (U16 as int32, 8-bit floats as float32 …).
    /// </summary>
    public torch.Tensor Read(string name) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() { }
}
