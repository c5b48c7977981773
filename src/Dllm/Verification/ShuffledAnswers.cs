using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Verification;

/// <summary>
/// Cases whose documents are shuffled anew at every reading (GPQA): the recorded documents have another order of answers than those that
/// were asked. The order is read off the recorded question; everything else is compared as always.
/// </summary>
internal static class ShuffledAnswers
{
    private const int Count = 4;

    /// <summary>The documents with their answers in the order of the recorded questions.</summary>
    public static IReadOnlyList<JsonObject> AsAsked(IReadOnlyList<JsonObject> documents, JsonElement prompt)
    {
        var asked = prompt.GetProperty("requests").EnumerateArray().ToLookup(request => request.Int("doc"), request => request.GetProperty("args")[0].GetString()!);
        return [.. documents.Select((document, i) => Reordered(document, asked[i].First()))];
    }

    private static JsonObject Reordered(JsonObject document, string question)
    {
        var answers = Enumerable.Range(1, Count).Select(i => document[$"choice{i}"]!.ToString()).ToArray();
        var right = answers[document["answer"]!.ToString()[1] - 'A'];
        var (order, at) = Orders(answers)
            .Select(list => (list, question.LastIndexOf(
                string.Concat(list.Select((answer, i) => $"({(char)('A' + i)}) {answer}\n")), StringComparison.Ordinal)))
            .MaxBy(found => found.Item2); // the last: examples come before
        if (at < 0) return document;
        var result = document.DeepClone().AsObject();
        foreach (var (i, answer) in order.Index()) result[$"choice{i + 1}"] = answer;
        if (result["choices"] is not null) result["choices"] = new JsonArray([.. order.Select(answer => JsonValue.Create(answer))]);
        result["answer"] = $"({(char)('A' + Array.IndexOf(order, right))})";
        return result;
    }

    private static IEnumerable<string[]> Orders(string[] items)
    {
        if (items.Length == 1) return [items];
        return items.SelectMany((first, i) => Orders([.. items.Where((_, j) => j != i)]).Select(rest => (string[])[first, .. rest]));
    }
}
