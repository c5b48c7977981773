namespace Dllm.Checkpoints;

/// <summary>
/// A folder that one process writes to: made where it is not there yet, and locked until disposed. The system's lock on a file ends with its
/// process, however that ends; beside it stands who holds it, for messages, and for file systems on which such locks do not hold.
/// </summary>
public sealed class FolderLock : IDisposable
{
    /// <summary>The locked file's name.</summary>
    public const string FileName = ".dllm.lock";

    private readonly FileStream _file;
    private readonly string _owner;
    private readonly IReadOnlyList<string> _made;

    private FolderLock(string folder, FileStream file, string owner, IReadOnlyList<string> made) =>
        (Folder, _file, _owner, _made) = (folder, file, owner, made);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Makes the folder and takes its lock; that of a process which has ended is taken over.</summary>
    /// <param name="folder">The folder; its parents are made too.</param>
    /// <param name="option">The option that names it, for messages.</param>
    /// <exception cref="DllmException">Another process holds it (the message names it), or the folder cannot be made or written.</exception>
    public static FolderLock Take(string folder, string option = "--output-dir")
    {
        var made = Missing(folder);
        try
        {
            Directory.CreateDirectory(folder);
            return Hold(folder, option, made);
        }
        catch (Exception e)
        {
            RemoveEmpty(made);
            if (e is IOException or UnauthorizedAccessException)
                throw new DllmException($"the folder '{folder}' cannot be made or written: {e.Message.TrimEnd('.')}", $"choose another with {option}", e);
            throw;
        }
    }

    /// <summary>Whether a file could not be opened because another has it. Else it cannot be opened at all (a full disk, one that is read-only).</summary>
    internal static bool IsHeld(IOException error) =>
        (error.HResult & 0xFFFF) is 32 or 33 || error.HResult is 11 or 35; // Windows: sharing and lock violations; Unix: EWOULDBLOCK

    /// <summary>Gives the folder back, and removes it where it was made for nothing: when it is empty.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_owner);
            _file.Dispose(); // deletes the file, then ends the lock
            RemoveEmpty(_made);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left names a process that has ended: the next one takes it over.
        }
    }

    private static FolderLock Hold(string folder, string option, IReadOnlyList<string> made)
    {
        string path = Path.Combine(folder, FileName), owner = path + ".json";
        var file = Open(path) ?? throw InUse(folder, option, LockOwner.Read(owner));
        if (LockOwner.Read(owner) is { } other && other.MayBeAlive)
        {
            bool here = other.Host == Environment.MachineName;
            file.Dispose();
            throw here ? InUse(folder, option, other) : new DllmException(
                $"the folder '{folder}' was locked by {other.Description}, and from here nobody can tell whether that still runs",
                $"if it does not, delete {owner}; else choose another folder with {option}");
        }

        try
        {
            LockOwner.Current().Write(owner);
            return new FolderLock(folder, file, owner, made);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // Null where another holds it. Its holder deletes the file last of all: one opened just before that is not the one at its path.
    private static FileStream? Open(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
                if (File.Exists(path) || attempt == 3) return file;
                file.Dispose();
            }
            catch (IOException e) when (IsHeld(e))
            {
                return null;
            }
        }
    }

    private static DllmException InUse(string folder, string option, LockOwner? owner) => new(
        $"the folder '{folder}' is in use by {owner?.Description ?? "another process"}",
        $"wait until that has ended, or choose another folder with {option}");

    // The folders that have to be made, the innermost first.
    private static List<string> Missing(string folder)
    {
        List<string> missing = [];
        for (string? path = Path.GetFullPath(folder); path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
            missing.Add(path);
        return missing;
    }

    private static void RemoveEmpty(IReadOnlyList<string> folders)
    {
        try
        {
            foreach (string folder in folders.TakeWhile(folder => Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
                Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An empty folder stays.
        }
    }
}
