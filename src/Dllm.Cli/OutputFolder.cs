namespace Dllm.Cli;

/// <summary>Folders that commands write to.</summary>
internal static class OutputFolder
{
    /// <summary>Makes a folder, where it is not there yet.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="DllmException">It cannot be made.</exception>
    public static void Make(string path, string option)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"the folder '{path}' cannot be made: {e.Message}", $"choose another with {option}", e);
        }
    }
}
