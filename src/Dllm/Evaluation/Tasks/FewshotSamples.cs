using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>Examples that a task gives itself (<c>fewshot_config.samples</c>): a list, or a hook whose Python file holds one.</summary>
internal static class FewshotSamples
{
    private const string Key = "fewshot_config";

    /// <summary>What gives the examples, or null when the task names none.</summary>
    public static Func<IReadOnlyList<JsonObject>>? Read(JsonNode? value, TaskYaml file, string task)
    {
        if (value is null) return null;
        if (HookName.Of(value) is { } hook) return () => FromPython(hook, task);
        IReadOnlyList<JsonObject> given = value is JsonArray list
            ? [.. list.Select(sample => sample as JsonObject ?? throw file.Fault(Key, NoList(task)))]
            : throw file.Fault(Key, NoList(task));
        return () => given;
    }

    /// <summary>
    /// The list that a function of the Python file beside the task's returns. The examples belong to the benchmark, so dLLM has no
    /// copy; a literal list can be read without running anything.
    /// </summary>
    private static IReadOnlyList<JsonObject> FromPython(HookName hook, string task)
    {
        var dot = hook.Written.LastIndexOf('.');
        var file = Path.Combine(hook.Folder, hook.Written[..Math.Max(dot, 0)] + ".py");
        if (!File.Exists(file))
        {
            throw new DllmException(
                $"the task {task} takes its examples from {hook.Written}, and there is no file {file}",
                "give the folder of the evaluation harness's tasks with --include-path, or use --num-fewshot 0");
        }

        var source = PlainFile.ReadText(file, YamlText.MostBytes);
        var start = source.IndexOf($"def {hook.Written[(dot + 1)..]}(", StringComparison.Ordinal);
        var returned = start < 0 ? -1 : source.IndexOf("return [", start, StringComparison.Ordinal);
        return returned >= 0 && PythonLiteral.TryReadStart(source[(returned + "return ".Length)..], out var list) && list is JsonArray samples
            ? [.. samples.Select(sample => sample as JsonObject ?? throw new DllmException(NoList(task)))]
            : throw new DllmException($"{file} has no function {hook.Written[(dot + 1)..]} that returns a literal list of examples");
    }

    private static string NoList(string task) => $"the examples of the task {task} (fewshot_config.samples) are no list of mappings";
}
