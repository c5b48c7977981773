using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>
/// A file's pages as tensors, copy on write: reading a weight reads the file's page from the system's cache, and writing to one makes a
/// private copy of that page. The mapping lives as long as this object or any tensor made from it.
/// </summary>
internal sealed unsafe partial class MappedMemory : IDisposable
{
    // One entry for each tensor that torch still holds; several tensors may begin at the same address.
    private static readonly Dictionary<nint, Stack<SafeMemoryMappedViewHandle>> Lent = [];

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    public MappedMemory(FileStream stream)
    {
        _file = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>The bytes of a tensor of at most 2 GiB.</summary>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry) => new(_start + entry.Offset, checked((int)entry.ByteLength));

    /// <summary>Whether every number of a tensor is finite. This reads all its pages, in order.</summary>
    public bool IsFinite(TensorEntry entry)
    {
        const int Part = 1 << 26;
        for (long first = 0; first < entry.ByteLength; first += Part)
        {
            var count = (int)Math.Min(Part, entry.ByteLength - first);
            if (!FiniteCheck.All(new ReadOnlySpan<byte>(_start + entry.Offset + first, count), entry.Type))
                return false;
        }

        return true;
    }

    /// <summary>A tensor over the pages themselves; null where the bytes do not lie on a multiple of the element's size.</summary>
    public torch.Tensor? TryShare(TensorEntry entry, torch.ScalarType type)
    {
        var address = (nint)(_start + entry.Offset);
        return address % (entry.Type.Bits() / 8) == 0 ? Wrap(address, [.. entry.Shape], type) : null;
    }

    /// <summary>A tensor with a copy of the bytes.</summary>
    public torch.Tensor Copy(TensorEntry entry, torch.ScalarType type)
    {
        var copy = torch.empty([.. entry.Shape], type);
        using var from = Wrap((nint)(_start + entry.Offset), [entry.ByteLength], torch.ScalarType.Byte);
        using var raw = copy.view(-1);
        var width = entry.Type.Bits() / 8;
        const long Chunk = 1 << 28; // elements; below the 2 GiB that a span spans
        for (long first = 0; first < raw.numel(); first += Chunk)
        {
            var count = Math.Min(Chunk, raw.numel() - first);
            using var part = raw.narrow(0, first, count);
            using var source = from.narrow(0, first * width, count * width);
            source.bytes.CopyTo(part.bytes);
        }

        return copy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private torch.Tensor Wrap(nint address, long[] shape, torch.ScalarType type)
    {
        var handle = _view.SafeMemoryMappedViewHandle;
        var added = false;
        handle.DangerousAddRef(ref added);
        lock (Lent)
        {
            ref var holders = ref CollectionsMarshal.GetValueRefOrAddDefault(Lent, address, out _);
            (holders ??= new()).Push(handle);
        }

        nint tensor;
        fixed (long* sizes = shape)
        {
            tensor = New(address, &ReleaseFromTorch, sizes, shape.Length, (sbyte)type, (sbyte)type, (int)DeviceType.CPU, -1, 0);
        }

        if (tensor == 0)
        {
            Release(address);
            torch.CheckForErrors();
        }

        return torch.Tensor.UnsafeCreateTensor(tensor);
    }

    /// <summary>Called by torch, on whatever thread drops the last reference to a tensor's memory.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseFromTorch(nint address) => Release(address);

    private static void Release(nint address)
    {
        SafeMemoryMappedViewHandle handle;
        lock (Lent)
        {
            var holders = Lent[address];
            handle = holders.Pop();
            if (holders.Count == 0)
                Lent.Remove(address);
        }

        handle.DangerousRelease();
    }

    // TorchSharp's own declaration of this function is internal; it is the only way to a tensor over memory that .NET did not allocate.
    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_new")]
    private static partial nint New(
        nint data, delegate* unmanaged[Cdecl]<nint, void> deleter, long* sizes, int rank, sbyte storedType, sbyte type,
        int deviceType, int deviceIndex, byte requiresGrad);
}
