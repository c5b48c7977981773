using System.Globalization;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Reports;

/// <summary>What reports say besides the table, out of a <c>results.json</c>: names and values in order.</summary>
internal static class ReportFacts
{
    /// <summary>Requests, forwards and speed.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Cost(JsonObject results)
    {
        var own = results["dllm"]!;
        double Number(string key) => double.Parse(own[key]?.ToString() ?? "0", CultureInfo.InvariantCulture);
        var (tokens, seconds, writing) = (Number("generated_tokens"), Number("answering_seconds"), Number("generation_seconds"));
        yield return new("requests", $"{Number("requests"):N0}, of which {Number("answers_from_cache"):N0} were answered before");
        yield return new("forwards (NFE)", $"{Number("forwards"):N0}, of {Number("row_forwards"):N0} rows");
        if (tokens > 0)
        {
            yield return new("tokens generated", $"{tokens:N0}");
            yield return new("tokens a forward of a row", Number("tokens_per_forward").ToString("0.00", CultureInfo.InvariantCulture));
            yield return new("tokens a second", Number("tokens_per_second").ToString("0.0", CultureInfo.InvariantCulture));
        }

        yield return new("contexts cut to fit the model", $"{Number("truncated_contexts"):N0}");
        yield return new("time for likelihoods", Span(seconds - writing));
        yield return new("time for answers in text", Span(writing));
        if (own["shard"]?.ToString() is { } shard && shard != "1/1") yield return new("shard", shard);
    }

    /// <summary>All settings of the model and of the prompts.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Settings(JsonObject results)
    {
        foreach (var (name, value) in results["config"]?["model_args"] as JsonObject ?? []) yield return new(name, value?.ToString() ?? "");
        yield return new("chat template", results["chat_template"] is null ? "not applied" : "applied");
        yield return new("start_time", results["start_time"]?.ToString() ?? "");
        yield return new("end_time", results["end_time"]?.ToString() ?? "");
    }

    /// <summary>Versions and hardware.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Environment(JsonObject results) => Texts(results["dllm"]!["environment"]);

    /// <summary>Of the model, of each task's file, of its data.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Hashes(JsonObject results) =>
    [
        new("model", results["dllm"]!["model_sha256"]?.ToString() ?? ""),
        .. Texts(results["task_hashes"]).Select(pair => KeyValuePair.Create($"task {pair.Key}", pair.Value)),
        .. Texts(results["dllm"]!["data_sha256"]).Select(pair => KeyValuePair.Create($"data of {pair.Key}", pair.Value)),
    ];

    /// <summary>The command line that was given, quoted for a shell.</summary>
    public static string Command(JsonObject results) =>
        string.Join(' ', (results["dllm"]!["command"] as JsonArray ?? []).Select(argument => Quote(argument!.ToString())).Prepend("dllm"));

    private static string Span(double seconds) => TimeSpan.FromSeconds(Math.Round(Math.Max(0, seconds))).ToString("c", CultureInfo.InvariantCulture);

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || "-_./=,:+@%".Contains(c)) ? argument : $"'{argument.Replace("'", "'\\''")}'";

    private static IEnumerable<KeyValuePair<string, string>> Texts(JsonNode? map) =>
        (map as JsonObject ?? []).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.ToString() ?? ""));
}
