using System.Text;

namespace Dllm;

/// <summary>
/// Opens files to read. Whatever is no plain file (a folder, a pipe, a device, a socket, a link to nothing) is refused before it is opened,
/// and no more is read than a bound. A file that cannot be read is one clear error.
/// </summary>
public static class PlainFile
{
    /// <summary>The bound of texts and small files unless another is given: 1 GiB.</summary>
    public const long DefaultLimit = 1L << 30;

    /// <summary>The bound of a line's bytes unless another is given: 64 MiB.</summary>
    public const int LongestLine = TextBytes.LongestLine;

    /// <summary>Refuses a path to something other than a plain file; nothing at the path is no mistake here.</summary>
    /// <exception cref="DllmException">It is a folder, a pipe, a device, a socket, or a link to nothing.</exception>
    public static void Check(string path)
    {
        if (FileKind.LostTarget(path) is { } target) throw new DllmException($"'{path}' is a link to '{target}', which does not exist", "name a file");
        if (FileKind.Special(path) is { } kind)
            throw new DllmException($"'{path}' is {kind}, not a file", kind == "a folder" ? "name a file" : "write what it gives into a file first, and name that");
    }

    /// <summary>Refuses a path that something other than a plain file has, which would be replaced by one.</summary>
    /// <exception cref="DllmException">It is a folder, a pipe, a device or a socket.</exception>
    public static void CheckTarget(string path)
    {
        if (FileKind.Special(path) is { } kind) throw new DllmException($"'{path}' is {kind}, not a file to write to", "name another place");
    }

    /// <summary>Opens a file. It may be replaced or deleted meanwhile, and the stream still gives the old content.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bufferSize">Bytes read ahead; 0 for none.</param>
    /// <exception cref="DllmException">It does not exist, is no plain file, or must not be read.</exception>
    public static FileStream OpenRead(string path, int bufferSize = 4096)
    {
        Check(path);
        if (!File.Exists(path)) throw new DllmException($"'{path}' does not exist", "name a file that does");
        return Guard(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize));
    }

    /// <summary>A whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes it may have.</param>
    /// <exception cref="DllmException">As <see cref="OpenRead"/>, or it is larger.</exception>
    public static byte[] ReadBytes(string path, long limit = DefaultLimit)
    {
        using var stream = OpenRead(path, bufferSize: 0);
        if (stream.Length > limit) throw new DllmException($"'{path}' has {stream.Length:N0} bytes, more than the {limit:N0} that such a file may have");
        return Guard(path, () =>
        {
            var content = new byte[stream.Length];
            int read = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return read == content.Length ? content : content[..read]; // shorter where it was cut meanwhile
        });
    }

    /// <summary>A whole text: UTF-8, or UTF-16 with a byte order mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes it may have.</param>
    /// <exception cref="DllmException">As <see cref="ReadBytes"/>, or it is no text; the message names the line.</exception>
    public static string ReadText(string path, long limit = DefaultLimit)
    {
        using var reader = new StreamReader(new TextBytes(new MemoryStream(ReadBytes(path, limit)), path), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        return reader.ReadToEnd();
    }

    /// <summary>Opens a text, UTF-8 or UTF-16 with a byte order mark, which is checked as it is read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longestLine">The most bytes of a line.</param>
    /// <exception cref="DllmException">As <see cref="OpenRead"/>; while reading: it is no text, or a line is longer.</exception>
    public static TextReader OpenText(string path, int longestLine = LongestLine) =>
        new StreamReader(new TextBytes(OpenRead(path), path, longestLine), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);

    /// <summary>The lines of a text that a crash may have left damaged, as far as they can be read: what is no text becomes U+FFFD.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DllmException">At the first line: as <see cref="OpenRead"/>.</exception>
    public static IEnumerable<string> ReadDamagedLines(string path)
    {
        using var reader = new StreamReader(OpenRead(path));
        while (reader.ReadLine() is { } line) yield return line;
    }

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"'{path}' cannot be read: {e.Message}", innerException: e);
        }
    }
}
