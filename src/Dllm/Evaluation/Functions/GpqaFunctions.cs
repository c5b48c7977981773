using System.Text.Json.Nodes;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Functions;

/// <summary>
/// GPQA (Rein et al., 2023): the four answers in a random order. The harness's few-shot variant seeds its own generator with 42; its
/// others draw from the process's, seeded with 0 at the start. Here every split is shuffled by a generator of its own with that seed.
/// </summary>
internal static class GpqaFunctions
{
    private static readonly string[] _wrong = ["Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"];

    public static IReadOnlyDictionary<string, DocumentsFunction> Documents { get; } = new Dictionary<string, DocumentsFunction>
    {
        ["gpqa.process_docs"] = rows => Shuffled(rows, 0),
        ["gpqa.n_shot.process_docs"] = rows => Shuffled(rows, 42),
        ["gpqa.zeroshot.process_docs"] = rows => Shuffled(rows, 0),
        ["gpqa.generative.process_docs"] = rows => Shuffled(rows, 0),
        ["gpqa.cot_zeroshot.process_docs"] = rows => Shuffled(rows, 0),
        ["gpqa.cot_n_shot.process_docs"] = rows => Shuffled(rows, 0),
    };

    /// <summary>The documents with their answers shuffled by <c>random.Random(seed)</c>, row by row.</summary>
    internal static IReadOnlyList<JsonObject> Shuffled(IReadOnlyList<JsonObject> rows, long seed)
    {
        var random = new PythonRandom(seed);
        return [.. rows.Select(row => row.ContainsKey("choice1") ? row : Shuffled(row, random))]; // rows shuffled before stay
    }

    private static JsonObject Shuffled(JsonObject row, PythonRandom random)
    {
        var right = Clean(row["Correct Answer"]);
        List<string> choices = [.. _wrong.Select(column => Clean(row[column])), right];
        random.Shuffle(choices);
        return row.With(
            ("choice1", choices[0]),
            ("choice2", choices[1]),
            ("choice3", choices[2]),
            ("choice4", choices[3]),
            ("choices", new JsonArray([.. choices.Select(choice => JsonValue.Create(choice))])),
            ("answer", $"({(char)('A' + choices.IndexOf(right))})"));
    }

    private static string Clean(JsonNode? text) =>
        text is null ? " " : DocumentColumns.Strip(text.ToString()).Replace(" [title]", ". ").Replace("  ", " ");
}
