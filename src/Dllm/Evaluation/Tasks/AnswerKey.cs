using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// What a target says is right: a text, the number of a choice, or a list of these of which any will do. The one reader of targets for
/// examples, requests and scores.
/// </summary>
internal static class AnswerKey
{
    /// <summary>The right answers, each a text or a number; one unless the target is a list.</summary>
    /// <exception cref="DllmException">The list is empty, or lists lie in it.</exception>
    public static IReadOnlyList<JsonNode?> Of(JsonNode? target) => target switch
    {
        JsonArray { Count: 0 } => throw new DllmException("the answer key is an empty list: no answer would be right", "leave such documents out of the data"),
        JsonArray list when list.Any(item => item is not JsonValue) =>
            throw new DllmException($"the answer key {list.ToJsonString()} is a list of something other than texts and numbers"),
        JsonArray list => [.. list],
        _ => [target],
    };

    /// <summary>An answer as text: the number of a choice is that choice, anything else what Python prints.</summary>
    /// <exception cref="DllmException">The number is out of range.</exception>
    public static string Text(JsonNode? key, IReadOnlyList<string> choices) =>
        choices.Count > 0 && DocumentReader.IsNumber(key) ? choices[Number(key, choices)] : DocumentReader.Str(key);

    /// <summary>The number of the choice that an answer is: a number as it is, a text by its place among the choices.</summary>
    /// <exception cref="DllmException">It is none of the choices.</exception>
    public static int Choice(JsonNode? key, IReadOnlyList<string> choices)
    {
        if (DocumentReader.IsNumber(key)) return Number(key, choices);
        if (key?.GetValueKind() is JsonValueKind.True or JsonValueKind.False) return Number(key.GetValueKind() == JsonValueKind.True ? 1 : 0, choices);
        var text = DocumentReader.Str(key);
        int index = choices.ToList().IndexOf(text);
        return index >= 0
            ? index
            : throw new DllmException($"the answer key '{text}' is none of the choices: {string.Join(", ", choices.Select(choice => $"'{choice}'"))}");
    }

    // A table's column of numbers may be of floats: 2.0 is a number of a choice, 1.5 is none.
    private static int Number(JsonNode? key, IReadOnlyList<string> choices) =>
        key!.Deserialize<double>() is var number && number >= 0 && number < choices.Count && number == Math.Floor(number)
            ? (int)number
            : throw new DllmException($"the answer key {key!.ToJsonString()} is out of range: there are {choices.Count} choices, counted from 0");
}
