using System.Text;

namespace Dllm.Data.Sources;

/// <summary>Text files line by line, unpacked where needed; what goes wrong while reading names the file and the line.</summary>
internal static class LineReader
{
    /// <summary>The lines of a file with their numbers from 1.</summary>
    /// <exception cref="DllmException">
    /// While enumerating: the file cannot be opened, read or unpacked, is no text, or has a line of more than
    /// <see cref="TextBytes.LongestLine"/> bytes.
    /// </exception>
    public static IEnumerable<(int Number, string Text)> Lines(string path)
    {
        using var reader = new StreamReader(DataFile.OpenText(path), Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 14);
        for (var number = 1; reader.ReadLine() is { } line; number++) yield return (number, line);
    }
}
