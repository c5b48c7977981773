using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Tasks;

namespace Dllm.Verification;

/// <summary>What the halves of the verification of a task share: its definition, its rows.</summary>
internal static class EvalTaskCase
{
    /// <summary>The library's definition with the settings that the case records.</summary>
    /// <exception cref="CaseSkippedException">The library has no such task.</exception>
    public static TaskDefinition Definition(TaskLibrary library, JsonElement json)
    {
        var name = json.Text("task");
        if (!library.Names.Contains(name)) throw new CaseSkippedException($"the library has no task {name}");
        return library.Select(name).Tasks[0].WithSettings(Settings(json));
    }

    /// <summary>A list of documents.</summary>
    public static IReadOnlyList<JsonObject> Rows(JsonElement list) => [.. list.EnumerateArray().Select(row => JsonNode.Parse(row.GetRawText())!.AsObject())];

    private static JsonObject Settings(JsonElement json) => JsonNode.Parse(json.GetProperty("config").GetRawText())!.AsObject();
}
