using System.Text;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Functions;

/// <summary>RACE (Lai et al., 2017): an article with its problems; all but the last are shown solved, the last is asked.</summary>
internal static class RaceFunctions
{
    public static IReadOnlyDictionary<string, DocumentFunction> Fields { get; } = new Dictionary<string, DocumentFunction>
    {
        ["race.doc_to_text"] = row => Text(row),
        ["race.doc_to_target"] = row => Letter(Problems(row)[^1]),
        ["race.doc_to_choice"] = row => new JsonArray([.. Problems(row)[^1].Texts("options").Take(4).Select(option => JsonValue.Create(option))]),
    };

    private static string Text(JsonObject row)
    {
        var problems = Problems(row);
        var text = new StringBuilder("Article: ").Append(row.Text("article")).Append("\n\n");
        foreach (var problem in problems.SkipLast(1))
        {
            var question = problem.Text("question");
            var answer = problem.Texts("options").ElementAt(Letter(problem));
            if (question.EndsWith("  _  .", StringComparison.Ordinal)) text.Append(question[..^5]).Append(answer).Append('\n');
            else text.Append("Question: ").Append(question).Append("\nAnswer: ").Append(answer).Append('\n');
        }

        return text.Append(problems[^1].Text("question")).ToString();
    }

    private static int Letter(JsonObject problem) => problem.Text("answer") switch
    {
        [>= 'A' and <= 'D' and var letter] => letter - 'A',
        var other => throw new DllmException($"a problem's answer is '{other}', not A to D"),
    };

    private static IReadOnlyList<JsonObject> Problems(JsonObject row) =>
        PythonLiteral.TryRead(row.Text("problems"), out var list) && list is JsonArray { Count: > 0 } problems
            ? [.. problems.Select(problem => problem as JsonObject ?? throw DocumentColumns.Missing(row, "problems", "problem"))]
            : throw DocumentColumns.Missing(row, "problems", "list");
}
