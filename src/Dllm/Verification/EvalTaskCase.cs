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

    /// <summary>
    /// The documents, with the questions and answers that the harness writes into the template and the library takes from the split
    /// <c>prompts</c>: those at the beginning of the first recorded prompt.
    /// </summary>
    public static IReadOnlyList<JsonObject> Documents(TaskDefinition definition, JsonElement json)
    {
        var documents = Rows(json.GetProperty("docs"));
        if (definition.PromptsSplit is null) return documents;
        var context = json.GetProperty("prompts")[0].GetProperty("requests")[0].GetProperty("args")[0].GetString()!;
        return EvalTask.WithPrompts(documents, [.. context.Split("\n\n").SkipLast(1).Select(part => part.Split("\nA: ")).Where(pair => pair.Length == 2).Select(
            pair => new JsonObject { ["question"] = pair[0]["Q: ".Length..], ["answer"] = pair[1] })]);
    }

    private static JsonObject Settings(JsonElement json) => JsonNode.Parse(json.GetProperty("config").GetRawText())!.AsObject();
}
