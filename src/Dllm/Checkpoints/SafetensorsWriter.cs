using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    /// <summary>
    /// Writes the tensors aside, flushes them to the disk, then renames: whoever looks sees the old file or the new one, whole.
    /// Tensors may lie on any device; the order of names in the file is by type width, then by name, as the reference writer's.
    /// </summary>
    /// <exception cref="DllmException">The disk is full or the path cannot be written; the old file is kept.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, torch.Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        throw new NotImplementedException();
}
