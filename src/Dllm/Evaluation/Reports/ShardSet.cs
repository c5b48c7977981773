using System.Globalization;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Running;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Reports;

/// <summary>The finished shards of one evaluation.</summary>
public sealed class ShardSet
{
    private static readonly string[] _ofOneShard = ["--shard", "--output"];

    // What may differ between machines and changes no answer.
    private static readonly string[] _ofItsMachine = [.. _ofOneShard, "--batch-size", "--threads"];

    private readonly IReadOnlyList<(EvalFolder Folder, JsonObject Results)> _shards;

    private ShardSet(IReadOnlyList<(EvalFolder Folder, JsonObject Results)> shards) => _shards = shards;

    /// <summary>The command line of the first, without its shard and its output.</summary>
    public IReadOnlyList<string> Command => [.. Without(_ofOneShard, _shards[0].Results)];

    /// <summary>Finds the shards of a folder and checks that they belong together and that none is missing.</summary>
    /// <exception cref="DllmException">They do not, or one is.</exception>
    public static ShardSet Open(EvalFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var shards = folder.Shards().Select(shard => (Folder: shard, Results: ResultsFile.Read(shard.Results))).ToArray();
        var first = shards[0];
        foreach (var (other, results) in shards)
        {
            foreach (var (what, own, theirs) in Identity(results).Zip(Identity(first.Results), (a, b) => (a.Name, a.Value, b.Value)))
            {
                if (own != theirs)
                    throw new DllmException($"{other.Path} and {first.Folder.Path} do not belong together: {what} differs", "remove the one that is out of date, or run it again");
            }
        }

        var numbers = shards.Select(shard => Shard.Parse(shard.Results["dllm"]!["shard"]!.ToString())).ToArray();
        int count = numbers[0].Count;
        if (numbers.FirstOrDefault(shard => shard.Count != count) is { } odd)
            throw new DllmException($"'{folder.Path}' holds shards of {count} and of {odd.Count}", "remove those of the one or of the other");
        int[] missing = [.. Enumerable.Range(1, count).Except(numbers.Select(shard => shard.Number))];
        return missing.Length == 0 ? new ShardSet(shards) : throw new DllmException(
            $"of {count} shards in '{folder.Path}' {string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing",
            $"run dllm eval with --shard {missing[0]}/{count} and the same options");
    }

    /// <summary>Joins samples, aggregates anew, and adds up the cost.</summary>
    /// <param name="selection">The tasks and groups of the command.</param>
    /// <param name="options">What it asks, and how.</param>
    public (JsonObject Results, IReadOnlyList<TaskRun> Runs) Merge(TaskSelection selection, EvalOptions options)
    {
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(options);
        TaskRun[] runs = [.. selection.Tasks.Select(Run)];
        TaskResult[] results = [.. runs.Select(run => TaskResult.Of(run, options.BootstrapIterations))];
        var first = _shards[0].Results;
        var record = new EvalRecord
        {
            Command = Command,
            Model = first["model_name"]!.ToString(),
            ModelHash = first["dllm"]!["model_sha256"]!.ToString(),
            ChatTemplate = first["chat_template"]?.ToString(),
            Settings = Texts(first["config"]!["model_args"]),
            Environment = Texts(first["dllm"]!["environment"]),
            Started = _shards.Min(shard => Time(shard.Results, "start_time")),
            Ended = _shards.Max(shard => Time(shard.Results, "end_time")),
            Counts = new EvalCounts(Sum("forwards"), Sum("generated_tokens"), Sum("row_forwards"), Sum("truncated_contexts"), Sum("generation_row_forwards")),
            Requests = (int)Sum("requests"),
            FromCache = (int)Sum("answers_from_cache"),
            AnsweringTime = Time("answering_seconds"),
            GenerationTime = Time("generation_seconds"),
        };
        return (ResultsFile.Build(results, GroupResult.Of(selection.Groups, results), options, record), runs);
    }

    private TaskRun Run(TaskDefinition task)
    {
        var samples = _shards.SelectMany(shard => shard.Folder.ReadSamples(task.Name)).ToArray();
        if (samples.GroupBy(sample => (sample.Document, sample.Filter)).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new DllmException($"the document {twice.Key.Document} of {task.Name} is in two shards", "run the shards again");
        var first = _shards[0].Results;
        int limited = (int)Number(first["dllm"]!["documents_of_all_shards"]![task.Name]);
        int found = samples.Select(sample => sample.Document).Distinct().Count();
        if (found != limited) throw new DllmException($"the shards have {found} of {limited} documents of {task.Name}", "run the shards again");
        // By document; of one document in the order of the task's filters, which each file keeps.
        return new TaskRun(
            task, (int)Number(first["n-shot"]![task.Name]), (int)Number(first["n-samples"]![task.Name]!["original"]), limited,
            first["dllm"]!["data_sha256"]![task.Name]!.ToString(), [.. samples.OrderBy(sample => sample.Document)]);
    }

    // What has to be the same in all shards.
    private static IEnumerable<(string Name, string Value)> Identity(JsonObject results)
    {
        yield return ("the model", results["dllm"]!["model_sha256"]!.ToString());
        yield return ("the data", results["dllm"]!["data_sha256"]!.ToJsonString());
        yield return ("a task's file", results["task_hashes"]!.ToJsonString());
        var config = results["config"]!.DeepClone().AsObject();
        config.Remove("batch_size");
        (config["model_args"] as JsonObject)?.Remove("batch-size");
        yield return ("a setting", config.ToJsonString());
        yield return ("the command", string.Join('\n', Without(_ofItsMachine, results)));
    }

    private static IEnumerable<string> Without(string[] options, JsonObject results)
    {
        var command = results["dllm"]!["command"]!.AsArray();
        for (int i = 0; i < command.Count; i++)
        {
            if (options.Contains(command[i]!.ToString())) i++;
            else yield return command[i]!.ToString();
        }
    }

    private TimeSpan Time(string key) => TimeSpan.FromSeconds(_shards.Sum(shard => Number(shard.Results["dllm"]![key])));

    private long Sum(string key) => (long)_shards.Sum(shard => Number(shard.Results["dllm"]![key]));

    private static double Number(JsonNode? node) => double.Parse(node?.ToString() ?? "0", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(JsonObject results, string key) =>
        DateTimeOffset.Parse(results[key]!.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);

    private static KeyValuePair<string, string>[] Texts(JsonNode? map) =>
        [.. (map as JsonObject ?? []).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.ToString() ?? ""))];
}
