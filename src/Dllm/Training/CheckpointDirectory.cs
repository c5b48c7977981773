using System.Globalization;
using System.Text.Json;

namespace Dllm.Training;

/// <summary>
/// The checkpoints of one run: <c>checkpoint-N/</c> below an output directory, written aside and renamed when whole, with <c>last</c> and
/// <c>best</c> pointing at two of them. Whatever is killed in between, what carries a checkpoint's name is complete.
/// </summary>
internal sealed class CheckpointDirectory(string root)
{
    /// <summary>The file that tells where the run stands.</summary>
    public const string StateFile = "trainer_state.json";

    /// <summary>The optimiser's moments.</summary>
    public const string OptimizerFile = "optimizer.safetensors";

    /// <summary>The names that point at a checkpoint.</summary>
    public static readonly IReadOnlyList<string> Pointers = ["last", "best"];

    private const string Prefix = "checkpoint-";
    private const string Aside = ".writing-";
    private const string Doomed = ".deleting-";
    private const string CopyMarker = ".checkpoint-copy";

    /// <summary>The directory of the checkpoint after <paramref name="step"/> steps.</summary>
    public string PathOf(int step) => Path.Combine(root, Prefix + step.ToString(CultureInfo.InvariantCulture));

    /// <summary>Steps of the checkpoints there are, rising.</summary>
    public IReadOnlyList<int> Steps => !Directory.Exists(root) ? [] :
    [
        .. Directory.EnumerateDirectories(root, Prefix + "*")
            .Select(path => int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
            .Where(step => step >= 0)
            .Order(),
    ];

    /// <summary>The newest checkpoint that can be resumed, or null.</summary>
    public int? NewestResumable => Steps
        .Where(step => File.Exists(Path.Combine(PathOf(step), StateFile)) && File.Exists(Path.Combine(PathOf(step), OptimizerFile)))
        .Select(step => (int?)step)
        .LastOrDefault();

    /// <summary>The newest checkpoint with a model in Hugging Face layout, or null.</summary>
    public string? NewestModel => Steps.Select(PathOf).LastOrDefault(path => File.Exists(Path.Combine(path, "config.json")));

    /// <summary>Makes the directory, and removes what an interrupted process left half written or half deleted.</summary>
    /// <exception cref="DllmException">The directory cannot be made or written.</exception>
    public void Prepare() => Guard("prepared", () =>
    {
        Directory.CreateDirectory(root);
        foreach (var name in Pointers)
            RequirePointer(name);
        foreach (var path in Directory.EnumerateDirectories(root, ".*").Where(IsLeftover))
            Directory.Delete(path, recursive: true);
    });

    /// <summary>Deletes a checkpoint; it loses its name first, so that a half-deleted one is never taken for whole.</summary>
    public void Delete(int step) => Guard("cleared of an old checkpoint", () =>
    {
        var doomed = Path.Combine(root, $"{Doomed}{step}-{Guid.NewGuid():N}");
        Directory.Move(PathOf(step), doomed);
        Directory.Delete(doomed, recursive: true);
    });

    /// <summary>Deletes the moments of a checkpoint, which is a model alone from then on.</summary>
    public void DeleteOptimizer(int step) =>
        Guard("cleared of old moments", () => File.Delete(Path.Combine(PathOf(step), OptimizerFile)));

    /// <summary>Reads the state of a checkpoint.</summary>
    /// <exception cref="DllmException">The file is damaged.</exception>
    public TrainerState ReadState(int step)
    {
        var path = Path.Combine(PathOf(step), StateFile);
        try
        {
            return JsonSerializer.Deserialize(PlainFile.ReadBytes(path), TrainerStateJson.Default.TrainerState) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new DllmException($"'{path}' is damaged: {e.Message}", "delete that checkpoint and resume from the one before", e);
        }
    }

    /// <summary>
    /// Writes a checkpoint: <paramref name="write"/> fills a directory aside, which then takes its name in one step. On failure nothing is left of it
    /// and earlier checkpoints stay.
    /// </summary>
    /// <exception cref="DllmException">The disk is full, or the directory cannot be written.</exception>
    public void Write(int step, TrainerState state, Action<string> write)
    {
        var aside = Path.Combine(root, $"{Aside}{step}-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(aside);
            write(aside);
            using (var file = File.Create(Path.Combine(aside, StateFile)))
            {
                JsonSerializer.Serialize(file, state, TrainerStateJson.Default.TrainerState);
                file.Flush(flushToDisk: true);
            }

            if (Directory.Exists(PathOf(step))) Delete(step);
            Directory.Move(aside, PathOf(step));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllmException)
        {
            Discard(aside);
            var earlier = Steps.Count > 0 ? $"; {Path.GetFileName(PathOf(Steps[^1]))} is intact" : "";
            throw new DllmException(
                $"the checkpoint of step {step} could not be written to '{root}': {e.Message.TrimEnd('.')}{earlier}",
                "free some space or choose another output_dir, then resume",
                e);
        }
    }

    /// <summary>Points <paramref name="name"/> (<c>last</c>, <c>best</c>) at a checkpoint: a link, or a copy where links are not allowed.</summary>
    public void Point(string name, int step) => Guard($"given a pointer '{name}'", () =>
    {
        var link = Path.Combine(root, name);
        Unpoint(name);
        try
        {
            Directory.CreateSymbolicLink(link, Path.GetFileName(PathOf(step)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var aside = Path.Combine(root, $"{Aside}{name}-{Guid.NewGuid():N}");
            Directory.CreateDirectory(aside);
            File.WriteAllText(Path.Combine(aside, CopyMarker), Path.GetFileName(PathOf(step)) + "\n");
            foreach (var file in Directory.EnumerateFiles(PathOf(step)).Where(f => Path.GetFileName(f) is not (StateFile or OptimizerFile) && FileKind.Special(f) is null))
                File.Copy(file, Path.Combine(aside, Path.GetFileName(file)));
            Directory.Move(aside, link);
        }
    });

    /// <summary>Removes the pointer <paramref name="name"/>; what it points at stays.</summary>
    public void Unpoint(string name)
    {
        var link = new DirectoryInfo(Path.Combine(root, name));
        if (link.LinkTarget is not null) link.Delete();
        else if (File.Exists(Path.Combine(link.FullName, CopyMarker))) link.Delete(recursive: true);
    }

    // A folder of the user's own must not be taken for a pointer, and deleted.
    private void RequirePointer(string name)
    {
        var link = new DirectoryInfo(Path.Combine(root, name));
        if (link.Exists && link.LinkTarget is null && !File.Exists(Path.Combine(link.FullName, CopyMarker)))
        {
            throw new DllmException(
                $"'{link.FullName}' is in the way: a pointer to a checkpoint has that name", "rename it or choose another output_dir");
        }
    }

    private void Guard(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"'{root}' could not be {what}: {e.Message.TrimEnd('.')}", "check its rights and space, or choose another output_dir", e);
        }
    }

    private static bool IsLeftover(string path) => Path.GetFileName(path) is var name && (name.StartsWith(Aside, StringComparison.Ordinal) || name.StartsWith(Doomed, StringComparison.Ordinal));

    private static void Discard(string aside)
    {
        try
        {
            if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
        }
        catch (IOException)
        {
            // The next run cleans up; the error worth telling is the one that brought us here.
        }
    }
}
