using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Functions;

/// <summary>HellaSwag (Zellers et al., 2019): brackets that a part of its sources left behind are taken out.</summary>
internal static partial class HellaswagFunctions
{
    public static IReadOnlyDictionary<string, DocumentsFunction> Documents { get; } = new Dictionary<string, DocumentsFunction>
    {
        ["hellaswag.process_docs"] = rows => [.. rows.Select(row => row.ContainsKey("query") ? row : Prepare(row))], // rows prepared before stay
        ["hellaswag_gen.process_docs"] = rows => [.. rows.Select(Lettered)],
    };

    /// <summary>The question with its endings under letters.</summary>
    private static JsonObject Lettered(JsonObject row)
    {
        var prepared = row.ContainsKey("query") ? row : Prepare(row);
        string[] endings = [.. prepared.Texts("choices")];
        return prepared.With(
            ("ctx", JsonValue.Create(prepared.Text("query"))),
            ("label", (prepared["gold"] ?? prepared["label"])?.DeepClone()),
            ("A", endings[0]),
            ("B", endings[1]),
            ("C", endings[2]),
            ("D", endings[3]));
    }

    private static JsonObject Prepare(JsonObject row) => row.With(
        ("query", Clean($"{row.Text("activity_label")}: {row.Text("ctx_a")} {PythonCase.Capitalize(row.Text("ctx_b"))}")),
        ("choices", new JsonArray([.. row.Texts("endings").Select(ending => JsonValue.Create(Clean(ending)))])),
        ("gold", row["label"] is JsonValue label && int.TryParse(label.ToString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var gold)
            ? gold
            : null));

    private static string Clean(string text) =>
        Brackets().Replace(DocumentColumns.Strip(text).Replace(" [title]", ". "), "").Replace("  ", " ");

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Brackets();
}
