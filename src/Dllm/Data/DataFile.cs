using ICSharpCode.SharpZipLib.GZip;

namespace Dllm.Data;

/// <summary>Data files as readers open them: a last ending <c>.gz</c> means compressed, whatever the format.</summary>
/// <remarks>SharpZipLib unpacks, because the runtime's own stream takes a file that is cut short for a whole one.</remarks>
public static class DataFile
{
    /// <summary>The ending that tells the format, in lower case: <c>.jsonl</c> for <c>a.JSONL</c> and for <c>a.jsonl.gz</c>.</summary>
    public static string Extension(string path) => Path.GetExtension(IsCompressed(path) ? path[..^3] : path).ToLowerInvariant();

    /// <summary>Opens a file for reading, unpacked. What is damaged in a compressed file shows while reading.</summary>
    /// <exception cref="DllmException">The file cannot be opened, or is no plain file.</exception>
    public static Stream OpenRead(string path)
    {
        var file = PlainFile.OpenRead(path);
        return IsCompressed(path) ? new GZipInputStream(file) : file;
    }

    /// <summary>
    /// Opens a text, unpacked, as UTF-8 without a byte order mark. Whatever goes wrong while reading is a <see cref="DllmException"/> with
    /// file and line.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="longestLine">The most bytes of a line.</param>
    /// <exception cref="DllmException">The file cannot be opened, or is no plain file.</exception>
    internal static TextBytes OpenText(string path, int longestLine = TextBytes.LongestLine) => new(OpenRead(path), path, longestLine);

    private static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
}
