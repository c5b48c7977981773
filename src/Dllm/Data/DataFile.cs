using ICSharpCode.SharpZipLib.GZip;

namespace Dllm.Data;

/// <summary>Data files as readers open them: a last ending <c>.gz</c> means compressed, whatever the format.</summary>
/// <remarks>SharpZipLib unpacks, because the runtime's own stream takes a file that is cut short for a whole one.</remarks>
public static class DataFile
{
    /// <summary>The ending that tells the format, in lower case: <c>.jsonl</c> for <c>a.JSONL</c> and for <c>a.jsonl.gz</c>.</summary>
    public static string Extension(string path) => Path.GetExtension(IsCompressed(path) ? path[..^3] : path).ToLowerInvariant();

    /// <summary>Opens a file for reading, unpacked.</summary>
    /// <exception cref="DllmException">The file cannot be opened.</exception>
    public static Stream OpenRead(string path)
    {
        try
        {
            var file = File.OpenRead(path);
            return IsCompressed(path) ? new GZipInputStream(file) : file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"{path} cannot be read: {e.Message}", innerException: e);
        }
    }

    private static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
}
