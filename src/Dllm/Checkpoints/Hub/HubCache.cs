namespace Dllm.Checkpoints.Hub;

/// <summary>
/// One repository's folder in the cache, as Python's huggingface_hub lays it out: contents by hash in <c>blobs</c>, names of a commit in
/// <c>snapshots/COMMIT</c> as relative links to them, and in <c>refs</c> the commit that a branch or tag last led to.
/// </summary>
internal sealed class HubCache
{
    private readonly string _root;
    private readonly string _folderName;
    private bool _useLinks;

    public HubCache(string root, HubReference reference, bool useLinks)
    {
        _root = Path.GetFullPath(root);
        var kind = reference.Kind == HubKind.Model ? "models" : "datasets";
        _folderName = $"{kind}--{reference.Name.Replace("/", "--", StringComparison.Ordinal)}";
        _useLinks = useLinks;
    }

    /// <summary>The repository's folder.</summary>
    public string Folder => Path.Combine(_root, _folderName);

    public string Blob(string hash) => Path.Combine(Folder, "blobs", hash);

    public string Lock(string hash) => Path.Combine(_root, ".locks", _folderName, hash + ".lock");

    public string Snapshot(string commit) => Path.Combine(Folder, "snapshots", commit);

    /// <summary>Where a file of a commit lies, whether it is there or not.</summary>
    public string Place(string commit, string path) => Path.Combine(Snapshot(commit), Path.Combine(path.Split('/')));

    /// <summary>The commit that a revision led to last, or null where the cache does not know or has nothing of it.</summary>
    public string? FindCommit(string revision)
    {
        var reference = Path.Combine(Folder, "refs", Path.Combine(revision.Split('/')));
        var commit = File.Exists(reference) ? PlainFile.ReadText(reference, 1 << 12).Trim() : revision;
        return commit.All(char.IsAsciiLetterOrDigit) && Directory.Exists(Snapshot(commit)) ? commit : null;
    }

    /// <summary>Remembers where a revision leads.</summary>
    public void WriteReference(string revision, string commit)
    {
        if (revision == commit)
            return;
        var path = Path.Combine(Folder, "refs", Path.Combine(revision.Split('/')));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.WriteText(path, commit);
    }

    /// <summary>The files of a commit that are here, by their paths with slashes.</summary>
    public IEnumerable<HubFile> Files(string commit)
    {
        var folder = Snapshot(commit);
        return FolderFiles.All(folder)
            .Select(file => new HubFile(Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), Length(file), null))
            .Where(file => file.Size is not null); // a link whose blob is gone
    }

    /// <summary>Whether a file lies in its place with as many bytes as it should have.</summary>
    public bool Has(string commit, HubFile file) =>
        Length(Place(commit, file.Path)) is { } length && (file.Size is null || length == file.Size);

    /// <summary>Puts a whole blob into its place in a snapshot.</summary>
    public void Publish(string commit, string path, string blob)
    {
        var place = Place(commit, path);
        var folder = Path.GetDirectoryName(place)!;
        Directory.CreateDirectory(folder);
        if (_useLinks && TryLink(place, Path.GetRelativePath(folder, blob)))
            return;
        File.Move(blob, place, overwrite: true); // as Python does on systems without links: one copy, and it lies in the snapshot
    }

    private bool TryLink(string place, string target)
    {
        var aside = $"{place}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            File.CreateSymbolicLink(aside, target);
            File.Move(aside, place, overwrite: true);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(aside);
            return _useLinks = false; // a file system, or a user of Windows, without links
        }
    }

    /// <summary>The bytes of a file, through a link; null where there is none.</summary>
    private static long? Length(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target
                ? target is FileInfo { Exists: true } blob ? blob.Length : null
                : new FileInfo(path) is { Exists: true } file ? file.Length : null;
        }
        catch (IOException)
        {
            return null; // the file or its folder is not there, or links lead in a circle
        }
    }
}
