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

/// <summary>Token ids are the same where each is.</summary>
internal sealed class SameTokens : IEqualityComparer<int[]>
{
    /// <inheritdoc/>
    public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

    /// <inheritdoc/>
    public int GetHashCode(int[] tokens) => TokenHash.Of(tokens);
}
