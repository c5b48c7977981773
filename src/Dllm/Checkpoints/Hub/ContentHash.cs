using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Dllm.Checkpoints.Hub;

/// <summary>The hashes by which hubs name contents.</summary>
internal static class ContentHash
{
    private const int Chunk = 1 << 20;

    /// <summary>The hash of a file, of the kind that <paramref name="file"/> has: SHA-256, or git's of a blob.</summary>
    public static string Of(string path, HubFile file, CancellationToken cancellation)
    {
        using var stream = PlainFile.OpenRead(path, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(file.HasSha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (!file.HasSha256)
            hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {stream.Length}\0"))); // git's own header
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            while (stream.Read(buffer) is > 0 and var count)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
