using System.Text.Json.Nodes;
using Dllm.Evaluation.Instructions;
using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Functions;

/// <summary>
/// IFEval (Zhou et al., 2023): by prompt, whether all of its instructions are followed, and by instruction; strictly, or loosely: by the
/// response, or it without its first line, its last, both, its asterisks, or these together.
/// </summary>
internal static class IfevalFunctions
{
    public static IReadOnlyDictionary<string, ResultsFunction> Results { get; } = new Dictionary<string, ResultsFunction>
    {
        ["ifeval.process_results"] = (document, answers) => Score(document.Document, answers[0]),
    };

    public static IReadOnlyDictionary<string, AggregationFunction> Aggregations { get; } = new Dictionary<string, AggregationFunction>
    {
        ["ifeval.agg_inst_level_acc"] = values => values.Sum(value => value.Value) / values.Sum(value => value.Size),
    };

    private static Dictionary<string, MetricValue> Score(JsonObject row, string response)
    {
        bool[] strict = Followed(row, [response]), loose = Followed(row, [response, .. Loosened(response)]);
        return new()
        {
            ["prompt_level_strict_acc"] = new(strict.All(followed => followed) ? 1 : 0),
            ["inst_level_strict_acc"] = new(strict.Count(followed => followed), strict.Length),
            ["prompt_level_loose_acc"] = new(loose.All(followed => followed) ? 1 : 0),
            ["inst_level_loose_acc"] = new(loose.Count(followed => followed), loose.Length),
        };
    }

    // By instruction, whether one of the variants follows it: an empty one follows none.
    private static bool[] Followed(JsonObject row, IReadOnlyList<string> variants)
    {
        string[] ids = [.. row.Texts("instruction_id_list")];
        if (row["kwargs"] is not JsonArray arguments || arguments.Count < ids.Length)
            throw DocumentColumns.Missing(row, "kwargs", "list as long as the instructions'");

        return [.. ids.Select((id, i) =>
        {
            var check = InstructionTable.Check(id, arguments[i] as JsonObject ?? []);
            return variants.Any(variant => DocumentColumns.Strip(variant).Length > 0 && check(variant));
        })];
    }

    private static IEnumerable<string> Loosened(string response)
    {
        var lines = response.Split('\n');
        string[] parts =
        [
            string.Join('\n', lines.Skip(1)), string.Join('\n', lines.SkipLast(1)), string.Join('\n', lines.Skip(1).SkipLast(1)),
        ];
        string[] shortened = [.. parts.Select(DocumentColumns.Strip)];
        return [response.Replace("*", ""), .. shortened, .. shortened.Select(part => part.Replace("*", ""))];
    }
}
