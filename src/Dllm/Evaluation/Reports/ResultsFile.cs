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
            ["results"] = Map(results, result => result.Run.Name, result => Values(result.Run.Definition.Alias ?? result.Run.Name, result.Metrics)),
            ["groups"] = Map(groups, group => group.Group.Name, group => Values(group.Group.Alias ?? group.Group.Name, group.Metrics)),
            ["group_subtasks"] = Map(groups, group => group.Group.Name, group => new JsonArray([.. group.Group.Members.Select(name => (JsonNode)name)])),
            ["configs"] = Map(tasks, run => run.Name, run => run.Definition.Raw.DeepClone()),
            ["versions"] = Map(tasks, run => run.Name, run => run.Definition.Scoring.Version),
            ["n-shot"] = Map(tasks, run => run.Name, run => run.Shots),
            ["higher_is_better"] = Map(results, result => result.Run.Name, result => Map(
                result.Metrics.DistinctBy(metric => metric.Metric), metric => metric.Metric, metric => metric.HigherIsBetter)),
            ["n-samples"] = Map(tasks, run => run.Name, run => new JsonObject
            {
                ["original"] = run.Documents,
                ["effective"] = run.Samples.Select(sample => sample.Document).Distinct().Count(),
            }),
            ["config"] = new JsonObject
            {
                ["model"] = "dllm",
                ["model_args"] = Map(record.Settings, setting => setting.Key, setting => setting.Value),
                ["limit"] = options.Limit,
                ["bootstrap_iters"] = options.BootstrapIterations,
                ["fewshot_seed"] = options.Prompt.FewshotSeed,
            },
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
                ["generated_tokens"] = record.Counts.GeneratedTokens,
                ["truncated_contexts"] = record.Counts.TruncatedContexts,
                ["answering_seconds"] = Round(record.AnsweringTime.TotalSeconds),
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
            if (JsonNode.Parse(File.ReadAllText(path)) is JsonObject results && results["dllm"] is JsonObject && results["results"] is JsonObject)
                return results;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new DllmException($"{path} cannot be read: {e.Message}", "name the results.json of dllm eval", e);
        }

        throw new DllmException($"{path} holds no results of dllm eval", "its keys 'results' and 'dllm' are needed");
    }

    private static JsonObject Values(string alias, IReadOnlyList<MetricResult> metrics)
    {
        var values = new JsonObject { ["alias"] = alias };
        foreach (var metric in metrics)
        {
            values[$"{metric.Metric},{metric.Filter}"] = Number(metric.Value);
            values[$"{metric.Metric}_stderr,{metric.Filter}"] = metric.StandardError is { } error ? Number(error) : "N/A";
        }

        return values;
    }

    private static JsonValue Number(double value) =>
        double.IsFinite(value) ? JsonValue.Create(value) : JsonValue.Create(value.ToString(CultureInfo.InvariantCulture));

    private static double Round(double seconds) => Math.Round(seconds, 3);

    private static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> key, Func<T, JsonNode?> value) =>
        new(items.Select(item => KeyValuePair.Create(key(item), value(item))));
}
