namespace Dllm.Training;

/// <summary>What the files of metrics share: a full disk or a missing right is one clear error.</summary>
internal static class MetricFile
{
    /// <summary>Runs <paramref name="action"/> on the file or directory <paramref name="path"/>.</summary>
    /// <exception cref="DllmException">It cannot be written.</exception>
    public static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException(
                $"metrics cannot be written to '{path}': {e.Message.TrimEnd('.')}", "free some space or choose another output_dir, then resume", e);
        }
    }
}
