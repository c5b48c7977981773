namespace Dllm.Checkpoints;

/// <summary>
/// Replaces a file whole or not at all: the content is written beside it, flushed to the disk, then renamed over it. Whoever reads sees
/// the old file or the new one; a full disk, a failure or a killed process leaves the old one.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The file to make or replace. Its folder must exist.</param>
    /// <param name="write">Writes the content to the stream.</param>
    /// <exception cref="DllmException">The disk is full, or the path cannot be written or is a device.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        PlainFile.CheckTarget(full);
        if (IsBesideDevices(full))
            throw new DllmException($"'{path}' is no place for a file: the system's devices are there", "name a file in a folder of your own");
        var aside = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, full, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DllmException(
                $"'{path}' cannot be written: {error.Message}",
                "free space on the disk or choose another folder; an older file of that name is untouched",
                error);
        }
        finally
        {
            TryDelete(aside);
        }
    }

    /// <summary>Writes a text as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    // A file renamed over a device such as /dev/full, where that is allowed, would take its place for the whole system.
    private static bool IsBesideDevices(string full) =>
        !OperatingSystem.IsWindows() && Path.GetDirectoryName(full) is "/dev" or "/dev/fd";

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path); // no error where it has been renamed
        }
        catch (IOException)
        {
            // What is left aside is never read; the reason that matters is already on its way up.
        }
    }
}
