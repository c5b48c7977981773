using ICSharpCode.SharpZipLib;

namespace Dllm.Data.Sources;

/// <summary>Text files line by line, unpacked where needed; what goes wrong while reading names the file and the line.</summary>
internal static class LineReader
{
    /// <summary>The lines of a file with their numbers from 1.</summary>
    /// <exception cref="DllmException">While enumerating: the file cannot be opened, read or unpacked.</exception>
    public static IEnumerable<(int Number, string Text)> Lines(string path)
    {
        using var reader = new StreamReader(DataFile.OpenRead(path));
        for (var number = 1; Next(reader, path, number) is { } line; number++)
        {
            yield return (number, line);
        }
    }

    /// <summary>Runs one step of reading, and says where when the file turns out to be broken.</summary>
    public static T Guard<T>(string place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SharpZipBaseException)
        {
            throw new DllmException($"{place}: the file cannot be read: {e.Message}", "it may be cut short or damaged; get it again", e);
        }
    }

    private static string? Next(StreamReader reader, string path, int number) => Guard($"{path}, line {number}", reader.ReadLine);
}
