using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Running;

/// <summary>
/// A document with its prompts, the model's answers and their scores under one filter, as one object of JSON with the harness's keys
/// (<c>doc_id</c>, <c>doc</c>, <c>target</c>, <c>arguments</c>, <c>resps</c>, <c>filtered_resps</c>, <c>filter</c>, <c>metrics</c> and
/// each metric's value; a list of value and size where it is shared out over words, bytes or instructions).
/// </summary>
public sealed class EvalSample
{
    private static readonly JsonSerializerOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private EvalSample(JsonObject record, int document, string filter, IReadOnlyDictionary<string, MetricValue> values)
    {
        (Record, Document, Filter, Values) = (record, document, filter, values);
    }

    /// <summary>The whole object.</summary>
    public JsonObject Record { get; }

    /// <summary>The document's place in its split.</summary>
    public int Document { get; }

    /// <summary>The filter's name.</summary>
    public string Filter { get; }

    /// <summary>The values that are aggregated.</summary>
    public IReadOnlyDictionary<string, MetricValue> Values { get; }

    /// <summary>Joins what was asked, answered and scored.</summary>
    /// <param name="document">The document's place in its split.</param>
    /// <param name="scored">The document.</param>
    /// <param name="requests">Its requests.</param>
    /// <param name="answers">By request its answer: a text, or a likelihood with whether it is greedy.</param>
    /// <param name="filter">The filter's name.</param>
    /// <param name="score">The score.</param>
    public static EvalSample Of(
        int document, ScoredDocument scored, IReadOnlyList<EvalRequest> requests, IReadOnlyList<JsonNode> answers, string filter, DocumentScore score)
    {
        var record = new JsonObject
        {
            ["doc_id"] = document,
            ["doc"] = scored.Document.DeepClone(),
            ["target"] = scored.Target?.DeepClone(),
            ["arguments"] = new JsonObject(requests.Select((request, i) => KeyValuePair.Create($"gen_args_{i}", (JsonNode?)Arguments(request)))),
            ["resps"] = new JsonArray([.. answers.Select(answer => (JsonNode)new JsonArray([answer.DeepClone()]))]),
            ["filtered_resps"] = score.Filtered.Count > 0
                ? new JsonArray([.. score.Filtered.Select(text => (JsonNode)text)])
                : new JsonArray([.. answers.Select(answer => answer.DeepClone())]),
            ["filter"] = filter,
            ["metrics"] = new JsonArray([.. score.Values.Keys.Select(name => (JsonNode)name)]),
            ["doc_hash"] = Hash(scored.Document.ToJsonString(_readable)),
            ["prompt_hash"] = Hash(requests.Count > 0 ? requests[0].Context : ""),
            ["target_hash"] = Hash(scored.Target?.ToString() ?? "None"),
        };
        foreach (var (name, value) in score.Values) record[name] = value.Size == 1 ? Number(value.Value) : new JsonArray(Number(value.Value), Number(value.Size));
        return new EvalSample(record, document, filter, score.Values);
    }

    /// <summary>Reads a line of a samples file.</summary>
    /// <param name="line">The line.</param>
    /// <param name="place">The file and line, for messages.</param>
    /// <exception cref="DllmException">It is no sample.</exception>
    public static EvalSample Parse(string line, string place)
    {
        try
        {
            if (JsonInput.ParseNode(line) is JsonObject record && record["doc_id"] is JsonValue id && record["filter"] is JsonValue filter
                && record["metrics"] is JsonArray metrics)
            {
                var values = metrics.Select(name => name?.GetValue<string>() ?? throw new FormatException("a metric has no name"))
                    .Distinct().ToDictionary(name => name, name => Read(record[name]));
                return new EvalSample(record, id.GetValue<int>(), filter.GetValue<string>(), values);
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new DllmException($"{place} is no sample of an evaluation: {e.Message}", innerException: e);
        }

        throw new DllmException($"{place} is no sample of an evaluation", "its keys doc_id, filter and metrics are needed");
    }

    /// <summary>One line of JSON.</summary>
    public string ToJson() => Record.ToJsonString(_readable);

    /// <summary>The SHA-256 of a text, in lower case.</summary>
    internal static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static JsonObject Arguments(EvalRequest request) => request.Kind switch
    {
        RequestKind.GenerateUntil when request.Infill is { } gap =>
            new() { ["arg_0"] = request.Context, ["arg_1"] = request.Generation?.Raw.DeepClone(), ["suffix"] = gap.Suffix },
        RequestKind.GenerateUntil => new() { ["arg_0"] = request.Context, ["arg_1"] = request.Generation?.Raw.DeepClone() },
        RequestKind.LogLikelihoodRolling => new() { ["arg_0"] = request.Continuation },
        _ => new() { ["arg_0"] = request.Context, ["arg_1"] = request.Continuation },
    };

    // JSON has no infinity: such a number is a text, as the harness writes likelihoods.
    private static JsonValue Number(double value) =>
        double.IsFinite(value) ? JsonValue.Create(value) : JsonValue.Create(value.ToString("R", CultureInfo.InvariantCulture));

    private static MetricValue Read(JsonNode? node) => node is JsonArray { Count: 2 } pair
        ? new MetricValue(Value(pair[0]), Value(pair[1]))
        : new MetricValue(Value(node));

    private static double Value(JsonNode? node) => double.Parse(node?.ToString() ?? "", CultureInfo.InvariantCulture);
}
