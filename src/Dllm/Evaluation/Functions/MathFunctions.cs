using System.Text.Json.Nodes;
using Dllm.Evaluation.Maths;
using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Functions;

/// <summary>
/// MATH (Hendrycks et al., 2021) with the prompts of the harness and of Minerva (Lewkowycz et al., 2022). The answer is what stands in the
/// solution's last box; of rows without a solution, the column <c>answer</c>.
/// </summary>
internal static class MathFunctions
{
    public static IReadOnlyDictionary<string, DocumentsFunction> Documents { get; } = new Dictionary<string, DocumentsFunction>
    {
        ["hendrycks_math.process_docs"] = rows => [.. rows.Select(row => row.With(("answer", Answer(row))))],
        ["minerva_math.process_docs"] = rows => [.. rows.Select(row => row.With(("answer", MinervaAnswer.Normalize(Answer(row)))))],
    };

    public static IReadOnlyDictionary<string, DocumentFunction> Fields { get; } = new Dictionary<string, DocumentFunction>
    {
        ["minerva_math.doc_to_text"] = row => $"Problem:\n{row.Text("problem")}\n\nSolution:",
    };

    public static IReadOnlyDictionary<string, ResultsFunction> Results { get; } = new Dictionary<string, ResultsFunction>
    {
        ["hendrycks_math.process_results"] = Hendrycks,
        ["minerva_math.process_results"] = Minerva,
    };

    // The answer is what stands between the first dollar and the last, or all.
    private static Dictionary<string, MetricValue> Hendrycks(ScoredDocument document, IReadOnlyList<string> answers)
    {
        var answer = answers[0];
        int first = answer.IndexOf('$'), last = answer.LastIndexOf('$');
        if (first < last) answer = answer[(first + 1)..last];
        return new() { ["exact_match"] = Value(HendrycksAnswer.AreEqual(answer, Answer(document.Document))) };
    }

    private static Dictionary<string, MetricValue> Minerva(ScoredDocument document, IReadOnlyList<string> answers)
    {
        var row = document.Document;
        var answer = MinervaAnswer.Normalize(MinervaAnswer.Extract(answers[0]));
        var solution = HasSolution(row) ? row.Text("solution") : $@"\boxed{{{row.Text("answer")}}}";
        return new()
        {
            ["exact_match"] = Value(FormulaComparison.AreEqual(answer, row.Text("answer"))),
            ["math_verify"] = Value(AnswerVerification.Verify(solution, answers[0])),
        };
    }

    private static MetricValue Value(bool isRight) => new(isRight ? 1 : 0);

    private static bool HasSolution(JsonObject row) => row["solution"] is JsonValue;

    private static string Answer(JsonObject row)
    {
        if (!HasSolution(row) && row["answer"] is JsonValue answer) return answer.ToString();
        return BoxedAnswer.Last(row.Text("solution"))
            ?? throw new DllmException(
                @"a document's solution has no \boxed{…}", "give it a box, or the column 'answer' in place of the solution");
    }
}
