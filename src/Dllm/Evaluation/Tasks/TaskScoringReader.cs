using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Tasks;

/// <summary>Reads what a task's file says about scoring. Hooks become the names of their functions.</summary>
internal sealed class TaskScoringReader(TaskYaml file, string name)
{
    private static readonly string[] _metricKeys = ["metric", "aggregation", "higher_is_better", "hf_evaluate"];

    public TaskScoring Read()
    {
        var output = Output();
        return new TaskScoring(
            name,
            output,
            Filters(),
            Metrics(output),
            file.Values["process_results"] is { } results ? NameOf("process_results", results) : null,
            Repeats(),
            (file.Values["metadata"] as JsonObject)?["version"]?.ToString());
    }

    private OutputType Output() => (file.Values["output_type"] is { } value ? file.TextOf("output_type", value, "'output_type'") : null) switch
    {
        "loglikelihood" => OutputType.LogLikelihood,
        "loglikelihood_rolling" => OutputType.LogLikelihoodRolling,
        "multiple_choice" => OutputType.MultipleChoice,
        "generate_until" or null => OutputType.GenerateUntil,
        var other => throw file.Fault(
            "output_type",
            $"the output_type '{other}' is not known",
            "choose loglikelihood, loglikelihood_rolling, multiple_choice or generate_until"),
    };

    private int Repeats() => file.Values["repeats"] switch
    {
        null => 1,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.Deserialize<double>() is >= 1 and <= 10_000 and var count
            && count == Math.Floor(count) => (int)count,
        var other => throw file.Fault("repeats", $"'repeats' is {other.ToJsonString()}, not a whole number from 1"),
    };

    private IReadOnlyList<FilterDefinition> Filters()
    {
        if (file.Values["filter_list"] is null) return [new FilterDefinition("none", [new FilterStep("take_first", [])])];
        return [.. List("filter_list").Select(entry => new FilterDefinition(
            file.TextOf("filter_list", entry["name"], "the name of a filter"),
            entry["filter"] is JsonArray steps
                ? [.. steps.Select(step => Step(step as JsonObject))]
                : throw file.Fault("filter_list", "a filter has no list 'filter'")))];
    }

    private FilterStep Step(JsonObject? step)
    {
        if (step?["function"] is not { } function) throw file.Fault("filter_list", "a step of a filter has no 'function'");
        return new FilterStep(NameOf("filter_list", function), Arguments("filter_list", step, ["function"]));
    }

    private IReadOnlyList<MetricDefinition> Metrics(OutputType output)
    {
        if (file.Values["metric_list"] is null)
        {
            string[] names = output switch
            {
                OutputType.LogLikelihood => ["perplexity", "acc"],
                OutputType.LogLikelihoodRolling => ["word_perplexity", "byte_perplexity", "bits_per_byte"],
                OutputType.MultipleChoice => ["acc", "acc_norm"],
                _ => ["exact_match"],
            };
            return [.. names.Select(metric => new MetricDefinition(metric, null, null, []))];
        }

        return [.. List("metric_list").Select(entry => new MetricDefinition(
            entry["metric"] is { } metric ? NameOf("metric_list", metric) : throw file.Fault("metric_list", "an entry has no 'metric'"),
            entry["aggregation"] is { } aggregation ? NameOf("metric_list", aggregation) : null,
            entry["higher_is_better"] is JsonValue better && better.GetValueKind() is JsonValueKind.True or JsonValueKind.False
                ? entry["higher_is_better"]!.GetValue<bool>()
                : null,
            Arguments("metric_list", entry, _metricKeys)))];
    }

    private IEnumerable<JsonObject> List(string key) => file.Values[key] is JsonArray list
        ? list.Select(entry => entry as JsonObject ?? throw file.Fault(key, $"an entry of '{key}' is no mapping"))
        : throw file.Fault(key, $"'{key}' is no list");

    private JsonObject Arguments(string place, JsonObject entry, IReadOnlyList<string> without) => new(
        entry.Where(pair => !without.Contains(pair.Key)).Select(pair => KeyValuePair.Create(
            pair.Key, HookName.Of(pair.Value) is null ? pair.Value?.DeepClone() : JsonValue.Create(NameOf(place, pair.Value!)))));

    private string NameOf(string key, JsonNode value) =>
        HookName.Of(value)?.Resolve(EvalFunctions.Exists) ?? file.TextOf(key, value, $"a name at '{key}'");
}
