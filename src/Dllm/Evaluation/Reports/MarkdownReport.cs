using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Reports;

/// <summary>A report as Markdown: the table, the cost, and every setting.</summary>
public static class MarkdownReport
{
    /// <summary>Writes the report of a <c>results.json</c>.</summary>
    public static string Write(JsonObject results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Evaluation of {results["model_name"]}").AppendLine();
        text.AppendLine(ResultTable.ToMarkdown(results));
        Section(text, "Cost", ReportFacts.Cost(results));
        Section(text, "Settings", ReportFacts.Settings(results));
        Section(text, "Environment", ReportFacts.Environment(results));
        Section(text, "Hashes (SHA-256)", ReportFacts.Hashes(results));
        text.AppendLine("## To repeat it").AppendLine().AppendLine("```").AppendLine(ReportFacts.Command(results)).AppendLine("```");
        return text.ToString();
    }

    private static void Section(StringBuilder text, string title, IEnumerable<KeyValuePair<string, string>> facts)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"## {title}").AppendLine().AppendLine("| | |").AppendLine("|---|---|");
        foreach (var (name, value) in facts) text.AppendLine(CultureInfo.InvariantCulture, $"| {Cell(name)} | {Cell(value)} |");
        text.AppendLine();
    }

    private static string Cell(string value) => value.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
