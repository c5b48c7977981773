using System.Text;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Functions;

/// <summary>MMLU-Pro (Wang et al., 2024): up to ten options, answered with reasoning; one data set holds all subjects.</summary>
internal static class MmluProFunctions
{
    private const string Lead = "Let's think step by step.";

    private static readonly string[] _subjects =
    [
        "biology", "business", "chemistry", "computer science", "economics", "engineering", "health", "history", "law", "math", "other",
        "philosophy", "physics", "psychology",
    ];

    public static IReadOnlyDictionary<string, DocumentsFunction> Documents { get; } = _subjects.ToDictionary(
        subject => $"mmlu_pro.process_{subject.Replace(' ', '_')}",
        subject => (DocumentsFunction)(rows => [.. rows.Where(row => row.Text("category") == subject)]));

    public static IReadOnlyDictionary<string, DocumentFunction> Fields { get; } = new Dictionary<string, DocumentFunction>
    {
        ["mmlu_pro.doc_to_text"] = row => Question(row, DocumentColumns.Strip),
        ["mmlu_pro.fewshot_to_text"] = row => Question(row, DocumentColumns.Strip),
        ["mmlu_pro.doc_to_text" + EvalFunctions.Release0491] = row => Question(row, option => option),
        ["mmlu_pro.fewshot_to_text" + EvalFunctions.Release0491] = row => Question(row, option => option),
        ["mmlu_pro.fewshot_to_target"] = row => row.Text("cot_content").Replace($"A: {Lead} ", ""),
    };

    private static string Question(JsonObject row, Func<string, string> clean)
    {
        var text = new StringBuilder("Question:\n").Append(row.Text("question")).Append("\nOptions:\n");
        foreach (var (i, option) in row.Texts("options").Take(10).Index())
            text.Append((char)('A' + i)).Append(". ").Append(clean(option)).Append('\n');
        return text.Append("Answer: ").Append(Lead).ToString();
    }
}
