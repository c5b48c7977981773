using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Running;

namespace Dllm.Evaluation.Reports;

/// <summary>
/// A report as one page of HTML that needs nothing else: the table, the cost, every setting, and of each task the prompts, answers and
/// scores of some documents. Whatever a model or a data set wrote is shown as text.
/// </summary>
public static class HtmlReport
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string Head = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>
        :root { color-scheme: light dark; --line: light-dark(#d8dce2, #3a3f47); --soft: light-dark(#f5f7f9, #1d2126); --good: light-dark(#12703a, #6fd08c); --bad: light-dark(#a32424, #f08a8a); }
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
        table { border-collapse: collapse; margin: .5rem 0 1.5rem; display: block; overflow-x: auto; }
        th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
        pre { background: var(--soft); padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; max-height: 24rem; overflow-y: auto; }
        details { border-bottom: 1px solid var(--line); padding: .3rem 0; }
        h1 { overflow-wrap: anywhere; }
        summary { cursor: pointer; }
        .right { color: var(--good); } .wrong { color: var(--bad); }
        .label { font-size: .85em; opacity: .75; margin-top: .5rem; }
        .facts td:last-child { overflow-wrap: anywhere; }
        </style>

        """;

    /// <summary>Writes the report.</summary>
    /// <param name="results">The <c>results.json</c>.</param>
    /// <param name="samples">By task, its samples.</param>
    /// <param name="shown">The documents shown of each task.</param>
    public static string Write(JsonObject results, IReadOnlyList<(string Task, IReadOnlyList<EvalSample> Samples)> samples, int shown = 50)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(samples);
        var html = new StringBuilder(Head);
        string title = $"Evaluation of {results["model_name"]}";
        html.AppendLine(CultureInfo.InvariantCulture, $"<title>{Text(title)}</title></head><body><h1>{Text(title)}</h1>");
        Table(html, "Tasks", [.. ResultTable.Rows(results, "results")]);
        Table(html, "Groups", [.. ResultTable.Rows(results, "groups")]);
        Facts(html, "Cost", ReportFacts.Cost(results));
        foreach (var (task, documents) in samples) Samples(html, task, documents, shown);
        Facts(html, "Settings", ReportFacts.Settings(results));
        Facts(html, "Environment", ReportFacts.Environment(results));
        Facts(html, "Hashes (SHA-256)", ReportFacts.Hashes(results));
        html.AppendLine(CultureInfo.InvariantCulture, $"<h2>To repeat it</h2><pre>{Text(ReportFacts.Command(results))}</pre></body></html>");
        return html.ToString();
    }

    private static void Table(StringBuilder html, string title, ResultRow[] rows)
    {
        if (rows.Length == 0) return;
        html.AppendLine(CultureInfo.InvariantCulture, $"<h2>{title}</h2><table><tr><th>Name<th>Version<th>Filter<th class=number>n-shot<th>Metric<th class=number>Value<th class=number>Stderr<th class=number>n</tr>");
        foreach (var row in rows)
        {
            string error = row.Error.Length == 0 ? "" : "± " + row.Error;
            html.AppendLine(CultureInfo.InvariantCulture, $"<tr><td>{Text(row.Name)}<td>{Text(row.Version)}<td>{Text(row.Filter)}<td class=number>{row.Shots}<td>{Text(row.Metric)} {row.Arrow}<td class=number>{row.Value}<td class=number>{error}<td class=number>{row.Count}</tr>");
        }

        html.AppendLine("</table>");
    }

    private static void Facts(StringBuilder html, string title, IEnumerable<KeyValuePair<string, string>> facts)
    {
        html.AppendLine(CultureInfo.InvariantCulture, $"<h2>{Text(title)}</h2><table class=facts>");
        foreach (var (name, value) in facts) html.AppendLine(CultureInfo.InvariantCulture, $"<tr><td>{Text(name)}<td>{Text(value)}</tr>");
        html.AppendLine("</table>");
    }

    private static void Samples(StringBuilder html, string task, IReadOnlyList<EvalSample> samples, int shown)
    {
        int all = samples.Select(sample => sample.Document).Distinct().Count();
        string part = all > shown ? $"the first {shown} of {all} documents; all are in samples_{task}.jsonl" : $"{all} documents";
        html.AppendLine(CultureInfo.InvariantCulture, $"<h2>{Text(task)}</h2><p class=label>{Text(part)}</p>");
        foreach (var document in samples.GroupBy(sample => sample.Document).Take(shown)) Document(html, [.. document]);
    }

    private static void Document(StringBuilder html, EvalSample[] filters)
    {
        var record = filters[0].Record;
        string scores = string.Join(", ", filters.SelectMany(filter => filter.Values.Select(value =>
            $"{value.Key}{(filters.Length > 1 ? $" ({filter.Filter})" : "")} {value.Value.Value.ToString("0.####", CultureInfo.InvariantCulture)}")));
        // Only a score out of 0 and 1 is right or wrong.
        string kind = filters[0].Values.Values.FirstOrDefault().Value switch { 1 => "right", 0 => "wrong", _ => "" };
        html.AppendLine(CultureInfo.InvariantCulture, $"<details><summary class=\"{kind}\">document {filters[0].Document}: {Text(scores)}</summary>");
        var requests = (record["arguments"] as JsonObject ?? []).Select(pair => pair.Value!).ToArray();
        if (requests.Length > 0) Block(html, "prompt", requests[0]["arg_0"]);
        var answers = record["resps"] as JsonArray ?? [];
        for (int i = 0; i < answers.Count; i++)
        {
            var asked = i < requests.Length && requests[i]["arg_1"] is JsonValue continuation ? $" to {Json(continuation)}" : "";
            Block(html, $"answer{(answers.Count > 1 ? $" {i + 1}" : "")}{asked}", answers[i] is JsonArray { Count: 1 } one ? one[0] : answers[i]);
        }

        if (record["filtered_resps"] is JsonArray)
        {
            foreach (var filter in filters.Where(filter => filter.Record["filtered_resps"]!.ToJsonString() != answers.FirstOrDefault()?.ToJsonString() && answers.Count == 1))
                Block(html, $"after the filter {filter.Filter}", filter.Record["filtered_resps"] is JsonArray { Count: 1 } left ? left[0] : filter.Record["filtered_resps"]);
        }

        Block(html, "target", record["target"]);
        html.AppendLine("</details>");
    }

    private static void Block(StringBuilder html, string label, JsonNode? content) =>
        html.AppendLine(CultureInfo.InvariantCulture, $"<div class=label>{Text(label)}</div><pre>{Text(content is JsonValue ? content.ToString() : Json(content))}</pre>");

    private static string Json(JsonNode? node) => node?.ToJsonString(node is JsonValue or JsonArray { Count: < 4 } ? _compact : _indented) ?? "null";

    private static readonly JsonSerializerOptions _compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
