using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Running;

namespace Dllm.Evaluation.Reports;

/// <summary>
/// <c>results.json</c> in the harness's shape (<c>results</c>, <c>groups</c>, <c>configs</c>, <c>versions</c>, <c>n-shot</c>,
/// <c>n-samples</c>, <c>higher_is_better</c>, <c>config</c>, <c>task_hashes</c>), and under <c>dllm</c> what the harness does not record.
/// </summary>
public static class ResultsFile
{
    /// <summary>The file's name.</summary>
    public const string Name = "results.json";

    // Versions are numbers in the harness's files.
    private static JsonNode? Version(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : text;

    private static readonly JsonSerializerOptions _readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    /// <summary>Builds the object.</summary>
    /// <param name="results">The tasks' results.</param>
    /// <param name="groups">The groups' results.</param>
    /// <param name="options">What was asked, and how.</param>
    /// <param name="record">What else there is to say.</param>
    public static JsonObject Build(
        IReadOnlyList<TaskResult> results, IReadOnlyList<GroupResult> groups, EvalOptions options, EvalRecord record)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(record);
        var tasks = results.Select(result => result.Run).ToArray();
        return new JsonObject
        {
            ["results"] = Join(Map(results, result => result.Run.Name, Values), Map(groups, group => group.Group.Name, Values)),
            ["groups"] = Map(groups, group => group.Group.Name, Values),
            ["group_subtasks"] = Map(groups, group => group.Group.Name, group => new JsonArray([.. group.Group.Members.Select(name => (JsonNode)name)])),
            ["configs"] = Map(tasks, run => run.Name, run => run.Definition.Raw.DeepClone()),
            ["versions"] = Join(
                Map(tasks, run => run.Name, run => Version(run.Definition.Scoring.Version)),
                Map(groups, group => group.Group.Name, group => Version(group.Group.Version))),
            ["n-shot"] = Join(
                Map(tasks, run => run.Name, run => run.Shots), Map(groups.Where(group => group.Shots is not null), group => group.Group.Name, group => group.Shots)),
            ["higher_is_better"] = Join(
                Map(results, result => result.Run.Name, result => Better(result.Metrics)), Map(groups, group => group.Group.Name, group => Better(group.Metrics))),
            ["n-samples"] = Map(tasks, run => run.Name, run => new JsonObject
            {
                ["original"] = run.Documents,
                ["effective"] = run.Samples.Select(sample => sample.Document).Distinct().Count(),
            }),
            ["config"] = new JsonObject
            {
                ["model"] = "dllm",
                ["model_args"] = Map(record.Settings, setting => setting.Key, setting => setting.Value),
                ["batch_size"] = Setting(record, "batch-size"),
                ["device"] = Setting(record, "device"),
                ["limit"] = options.Limit,
                ["bootstrap_iters"] = options.BootstrapIterations,
                ["random_seed"] = Setting(record, "seed") is { } seed && long.TryParse(seed, CultureInfo.InvariantCulture, out long number) ? number : null,
                ["fewshot_seed"] = options.Prompt.FewshotSeed,
            },
            ["date"] = record.Started.ToUnixTimeMilliseconds() / 1000.0,
            ["task_hashes"] = Map(tasks, run => run.Name, run => EvalSample.Hash(run.Definition.Raw.ToJsonString())),
            ["model_name"] = record.Model,
            ["system_instruction"] = options.Prompt.SystemInstruction,
            ["chat_template"] = record.ChatTemplate,
            ["fewshot_as_multiturn"] = options.Prompt.FewshotAsMultiturn,
            ["start_time"] = record.Started.ToString("O", CultureInfo.InvariantCulture),
            ["end_time"] = record.Ended.ToString("O", CultureInfo.InvariantCulture),
            ["total_evaluation_time_seconds"] = Round((record.Ended - record.Started).TotalSeconds),
            ["dllm"] = new JsonObject
            {
                ["command"] = new JsonArray([.. record.Command.Select(argument => (JsonNode)argument)]),
                ["shard"] = options.Shard.ToString(),
                ["model_sha256"] = record.ModelHash,
                ["data_sha256"] = Map(tasks, run => run.Name, run => run.DataHash),
                ["documents_of_all_shards"] = Map(tasks, run => run.Name, run => run.Limited),
                ["environment"] = Map(record.Environment, item => item.Key, item => item.Value),
                ["requests"] = record.Requests,
                ["answers_from_cache"] = record.FromCache,
                ["forwards"] = record.Counts.Forwards,
                ["row_forwards"] = record.Counts.RowForwards,
                ["generation_row_forwards"] = record.Counts.GenerationRowForwards,
                ["generated_tokens"] = record.Counts.GeneratedTokens,
                ["tokens_per_forward"] = Quotient(record.Counts.GeneratedTokens, record.Counts.GenerationRowForwards),
                ["tokens_per_second"] = Quotient(record.Counts.GeneratedTokens, record.GenerationTime.TotalSeconds),
                ["truncated_contexts"] = record.Counts.TruncatedContexts,
                ["answering_seconds"] = Round(record.AnsweringTime.TotalSeconds),
                ["generation_seconds"] = Round(record.GenerationTime.TotalSeconds),
            },
        };
    }

    /// <summary>The text of the file.</summary>
    public static string ToText(JsonObject results) => results.ToJsonString(_readable) + "\n";

    /// <summary>Reads a file.</summary>
    /// <exception cref="DllmException">It cannot be read, or is none of ours.</exception>
    public static JsonObject Read(string path)
    {
        try
        {
            if (JsonInput.ParseNode(PlainFile.ReadText(path)) is JsonObject results && IsWhole(results)) return results;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new DllmException($"{path} cannot be read: {e.Message}", "name the results.json of dllm eval", e);
        }

        throw new DllmException($"{path} holds no results of dllm eval", "name the results.json that it wrote");
    }

    // Every part that dllm eval merge and rerun go by.
    private static bool IsWhole(JsonObject results) =>
        new[] { "results", "config", "n-shot", "n-samples", "task_hashes" }.All(key => results[key] is JsonObject)
        && results["dllm"] is JsonObject own
        && own["command"] is JsonArray { Count: > 0 } command && command.All(argument => argument?.GetValueKind() == JsonValueKind.String)
        && own["shard"] is JsonValue && own["model_sha256"] is JsonValue && own["data_sha256"] is JsonObject && own["documents_of_all_shards"] is JsonObject;

    private static JsonObject Values(TaskResult result) => Values(result.Run.Definition.Alias ?? result.Run.Name, result.Metrics);

    private static JsonObject Values(GroupResult result) => Values(result.Group.Alias ?? result.Group.Name, result.Metrics);

    private static JsonObject Better(IReadOnlyList<MetricResult> metrics) =>
        Map(metrics.DistinctBy(metric => metric.Metric), metric => metric.Metric, metric => metric.HigherIsBetter);

    private static string? Setting(EvalRecord record, string name) => record.Settings.FirstOrDefault(setting => setting.Key == name).Value;

    private static JsonObject Values(string alias, IReadOnlyList<MetricResult> metrics)
    {
        var values = new JsonObject { ["alias"] = alias, ["sample_len"] = metrics.Count > 0 ? metrics[^1].Count : 0 };
        foreach (var metric in metrics)
        {
            values[$"{metric.Metric},{metric.Filter}"] = Number(metric.Value);
            values[$"{metric.Metric}_stderr,{metric.Filter}"] = metric.StandardError is { } error ? Number(error) : "N/A";
        }

        return values;
    }

    private static JsonValue Number(double value) =>
        double.IsFinite(value) ? JsonValue.Create(value) : JsonValue.Create(value.ToString(CultureInfo.InvariantCulture));

    // Null where nothing was written.
    private static double? Quotient(long tokens, double by) => tokens > 0 && by > 0 ? Round(tokens / by) : null;

    private static double Round(double seconds) => Math.Round(seconds, 3);

    private static JsonObject Join(JsonObject first, JsonObject second)
    {
        foreach (var (name, value) in second) first[name] = value?.DeepClone();
        return first;
    }

    private static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> key, Func<T, JsonNode?> value) =>
        new(items.Select(item => KeyValuePair.Create(key(item), value(item))));
}
