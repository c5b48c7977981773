using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Functions;

/// <summary>MATH (Hendrycks et al., 2021) with the prompts of the harness and of Minerva (Lewkowycz et al., 2022).</summary>
internal static class MathFunctions
{
    public static IReadOnlyDictionary<string, DocumentsFunction> Documents { get; } = new Dictionary<string, DocumentsFunction>
    {
        ["hendrycks_math.process_docs"] = rows => [.. rows.Select(row => row.With(("answer", Boxed(row))))],
        ["minerva_math.process_docs"] = rows => [.. rows.Select(row => row.With(("answer", Boxed(row))))],
    };

    public static IReadOnlyDictionary<string, DocumentFunction> Fields { get; } = new Dictionary<string, DocumentFunction>
    {
        ["minerva_math.doc_to_text"] = row => $"Problem:\n{row.Text("problem")}\n\nSolution:",
    };

    private static JsonNode? Boxed(JsonObject row) => BoxedAnswer.Last(row.Text("solution")) is { } answer ? JsonValue.Create(answer) : null;
}
