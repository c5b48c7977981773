using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Reports;

/// <summary>A line of a table of results.</summary>
/// <param name="Name">The task or group.</param>
/// <param name="Version">Its version, or empty.</param>
/// <param name="Filter">The filter.</param>
/// <param name="Shots">Examples a prompt; empty for a group of tasks that differ.</param>
/// <param name="Metric">The metric.</param>
/// <param name="HigherIsBetter">Null where it is not known.</param>
/// <param name="Value">The value as text.</param>
/// <param name="Error">The standard error as text; empty where there is none.</param>
/// <param name="Count">Documents; empty for a group.</param>
public sealed record ResultRow(
    string Name, string Version, string Filter, string Shots, string Metric, bool? HigherIsBetter, string Value, string Error, string Count)
{
    /// <summary>An arrow up, down, or nothing.</summary>
    public string Arrow => HigherIsBetter switch { true => "↑", false => "↓", null => "" };
}

/// <summary>The table of a <c>results.json</c>: tasks first, then groups, as the harness prints it.</summary>
public static class ResultTable
{
    private static readonly string[] _heads = ["Tasks", "Version", "Filter", "n-shot", "Metric", "", "Value", "Stderr", "n"];

    /// <summary>The lines, in the file's order.</summary>
    /// <param name="results">The file.</param>
    /// <param name="part"><c>results</c> or <c>groups</c>.</param>
    public static IEnumerable<ResultRow> Rows(JsonObject results, string part)
    {
        foreach (var (name, values) in results[part] as JsonObject ?? [])
        {
            if (part != "groups" && results["groups"]?[name] is not null) continue; // groups are among the results too, as in the harness
            foreach (var (key, value) in values as JsonObject ?? [])
            {
                if (key.Split(',') is not [var metric, var filter] || metric.EndsWith("_stderr", StringComparison.Ordinal)) continue;
                yield return new ResultRow(
                    values!["alias"]?.ToString() ?? name,
                    results["versions"]?[name]?.ToString() ?? "",
                    filter,
                    results["n-shot"]?[name]?.ToString() ?? "",
                    metric,
                    results["higher_is_better"]?[name]?[metric] is JsonValue better ? better.GetValueKind() == JsonValueKind.True : null,
                    Show(value),
                    Show(values[$"{metric}_stderr,{filter}"]),
                    results["n-samples"]?[name]?["effective"]?.ToString() ?? "");
            }
        }
    }

    /// <summary>Both parts as Markdown whose columns also line up as plain text.</summary>
    public static string ToMarkdown(JsonObject results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var tables = new[] { Rows(results, "results").ToArray(), Rows(results, "groups").ToArray() };
        return string.Join('\n', tables.Where(rows => rows.Length > 0).Select((rows, i) => Markdown(rows, i == 0 ? "Tasks" : "Groups")));
    }

    private static string Markdown(ResultRow[] rows, string head)
    {
        string[][] lines =
        [
            [head, .. _heads[1..]],
            .. rows.Select(row => new[]
            {
                row.Name, row.Version, row.Filter, row.Shots, row.Metric, row.Arrow, row.Value, row.Error.Length == 0 ? "" : "± " + row.Error, row.Count,
            }),
        ];
        int[] widths = [.. Enumerable.Range(0, _heads.Length).Select(column => lines.Max(line => line[column].Length))];
        var text = new StringBuilder();
        for (int i = 0; i < lines.Length; i++)
        {
            text.Append('|').AppendJoin('|', lines[i].Select((cell, column) => $" {Pad(cell.ReplaceLineEndings(" ").Replace("|", "\\|"), widths[column], column)} ")).AppendLine("|");
            if (i == 0) text.Append('|').AppendJoin('|', widths.Select((width, column) => IsNumber(column) ? new string('-', width + 1) + ":" : new string('-', width + 2))).AppendLine("|");
        }

        return text.ToString();
    }

    private static string Pad(string cell, int width, int column) => IsNumber(column) ? cell.PadLeft(width) : cell.PadRight(width);

    private static bool IsNumber(int column) => _heads[column] is "Value" or "Stderr" or "n" or "n-shot";

    private static string Show(JsonNode? value) => value is JsonValue number && number.GetValueKind() == JsonValueKind.Number
        ? double.Parse(number.ToJsonString(), CultureInfo.InvariantCulture).ToString("0.0000", CultureInfo.InvariantCulture)
        : value?.ToString() is "N/A" or null ? "" : value.ToString();
}
