using Dllm.Training;

namespace Dllm.Cli;

/// <summary>Folders that name a model: a checkpoint's, or a run's.</summary>
internal static class RunFolder
{
    /// <summary>
    /// The folder of the model that <paramref name="folder"/> means: itself, or, where it is a training run's that has not come to its end, the
    /// newest checkpoint within, which is told in a line.
    /// </summary>
    public static string Model(string folder, Terminal terminal)
    {
        if (!Directory.Exists(folder)) return folder;
        bool isWhole = File.Exists(Path.Combine(folder, "config.json"));
        if (isWhole && RunRecord.IsFinished(folder) != false) return folder;
        if (Trainer.NewestCheckpoint(folder) is not { } newest) return folder;
        terminal.Error.WriteLine(Terminal.OneLine($"the run in {folder} has not come to its end: taking its newest checkpoint, {newest}"));
        return newest;
    }
}
