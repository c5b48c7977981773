using System.Security.Cryptography;
using System.Text;

namespace Dllm.Evaluation.Reports;

/// <summary>What a checkpoint is known by in reports: the SHA-256 over the names and contents of its weights, configuration and tokenizer.</summary>
public static class ModelHash
{
    private static readonly string[] _endings = [".safetensors", ".json", ".jinja"];

    /// <summary>Reads the folder's files.</summary>
    /// <exception cref="DllmException">A file cannot be read.</exception>
    public static string Of(string directory)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var path in Directory.EnumerateFiles(directory).Where(file => _endings.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal))
            {
                using var file = PlainFile.OpenRead(path);
                hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(path) + "\n"));
                hash.AppendData(SHA256.HashData(file));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"the checkpoint '{directory}' cannot be read: {e.Message}", innerException: e);
        }
    }
}
