using System.Runtime.InteropServices;

namespace Dllm.Evaluation;

/// <summary>Hash codes of token ids, by which equal ones are found.</summary>
internal static class TokenHash
{
    /// <summary>The hash code of the ids in their order.</summary>
    public static int Of(ReadOnlySpan<int> tokens)
    {
        var hash = default(HashCode);
        hash.AddBytes(MemoryMarshal.AsBytes(tokens));
        return hash.ToHashCode();
    }
}
