namespace Dllm.Checkpoints.Hub;

/// <summary>
/// Keeps two processes from fetching one file at once. It lies where Python's huggingface_hub puts its own and is of the same kind, so the
/// two respect each other; the system frees it when a process dies.
/// </summary>
internal sealed class HubLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _stream;

    private HubLock(FileStream stream) => _stream = stream;

    /// <summary>Waits until the lock is free and takes it.</summary>
    /// <param name="path">The lock's file; its folder is made.</param>
    /// <param name="waits">Called once where it has to wait.</param>
    /// <param name="clock">Measures the pauses.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<HubLock> TakeAsync(string path, Action waits, TimeProvider clock, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new HubLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException error) when (FolderLock.IsHeld(error))
            {
                if (attempt == 0)
                    waits();
                await Task.Delay(Pause, clock, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose(); // the file stays: removing it would let two processes lock two files of one name
}
