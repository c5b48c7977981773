using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Checkpoints;
using Dllm.Runtime;
using Dllm.Training;

namespace Dllm.Cli;

/// <summary>
/// What a run's folder keeps about the run: <c>recipe.yaml</c>, from which it can be made again, and <c>run.json</c>: how it stands, and for each
/// process that worked on it the command line, the folder it was given in, times, versions and machine.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="recipe">What the command line gave.</param>
internal sealed class RunRecord(string folder, RunRecipe recipe)
{
    /// <summary>The recipe's file.</summary>
    public const string RecipeFile = "recipe.yaml";

    private const string RecordFile = "run.json";
    private const string Finished = "finished";
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private JsonArray? _processes;
    private JsonObject? _process;

    /// <summary>Whether a folder's run has ended, so that the model in the folder is its; null where nothing is recorded.</summary>
    public static bool? IsFinished(string folder) => Read(folder)?["state"] is JsonValue state && state.TryGetValue(out string? text) ? text == Finished : null;

    /// <summary>Writes down that this process begins.</summary>
    /// <param name="options">The run.</param>
    /// <param name="from">Steps done before; 0 in a new run.</param>
    /// <param name="steps">Steps of the whole run.</param>
    /// <exception cref="DllmException">A file cannot be written.</exception>
    public void Begin(TrainingOptions options, int from, int steps)
    {
        _processes = from > 0 && Read(folder)?["processes"] is JsonArray earlier ? (JsonArray)earlier.DeepClone() : [];
        _process = new JsonObject
        {
            ["command"] = new JsonArray([.. recipe.Command.Prepend("dllm").Select(word => (JsonNode)word)]),
            ["directory"] = Environment.CurrentDirectory,
            ["seed"] = options.Seed,
            ["started"] = DateTimeOffset.UtcNow.ToString("O"),
            ["from_step"] = from,
            ["environment"] = new JsonObject(RunEnvironment.Describe().Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
        };
        _processes.Add(_process);
        string file = Path.Combine(folder, RecipeFile);
        if (!File.Exists(file) || IsOurs(file)) AtomicFile.WriteText(file, recipe.ToYaml(folder));
        Write("running", from, steps);
    }

    /// <summary>Writes down how this process ended.</summary>
    /// <param name="result">How; null where it failed.</param>
    /// <exception cref="DllmException">The file cannot be written.</exception>
    public void End(TrainingResult? result)
    {
        if (_process is null) return;
        _process["ended"] = DateTimeOffset.UtcNow.ToString("O");
        Write(result is null ? "failed" : result.Cancelled ? "interrupted" : Finished, result?.Step, result?.Steps);
    }

    private void Write(string state, int? step, int? steps)
    {
        var record = new JsonObject { ["state"] = state, ["step"] = step, ["steps"] = steps, ["processes"] = _processes!.DeepClone() };
        AtomicFile.WriteText(Path.Combine(folder, RecordFile), record.ToJsonString(Json) + "\n");
    }

    private static bool IsOurs(string file) => PlainFile.ReadDamagedLines(file).FirstOrDefault()?.StartsWith(RunRecipe.Mark, StringComparison.Ordinal) == true;

    private static JsonObject? Read(string folder)
    {
        try
        {
            string file = Path.Combine(folder, RecordFile);
            return File.Exists(file) ? JsonNode.Parse(PlainFile.ReadText(file)) as JsonObject : null;
        }
        catch (Exception e) when (e is JsonException or DllmException)
        {
            return null; // not ours, or damaged: as if there were none
        }
    }
}
