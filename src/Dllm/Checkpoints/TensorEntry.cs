namespace Dllm.Checkpoints;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">The key.</param>
/// <param name="Type">The stored element type.</param>
/// <param name="Shape">The dimensions; empty for a scalar.</param>
/// <param name="Offset">Where its bytes begin, from the file's first byte.</param>
/// <param name="ByteLength">How many bytes it has.</param>
public sealed record TensorEntry(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, long Offset, long ByteLength);
