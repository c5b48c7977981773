namespace Dllm.Checkpoints.Hub;

/// <summary>What a download is doing.</summary>
public enum HubActivity
{
    /// <summary>Bytes arrive.</summary>
    Fetching,

    /// <summary>The file is whole and its hash is computed.</summary>
    Verifying,

    /// <summary>Another process fetches the same file.</summary>
    Waiting,

    /// <summary>An attempt failed; the next one follows after a pause.</summary>
    Retrying,

    /// <summary>The file is whole, checked and in its place.</summary>
    Done,
}

/// <summary>Where the download of a file stands.</summary>
/// <param name="File">The file's path in the repository.</param>
/// <param name="Activity">What is being done.</param>
/// <param name="Bytes">How many bytes of it are here.</param>
/// <param name="Size">How many it has.</param>
/// <param name="Note">Why an attempt failed, or null.</param>
public readonly record struct HubProgress(string File, HubActivity Activity, long Bytes, long Size, string? Note = null);
