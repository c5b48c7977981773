using System.Text.Json;
using Dllm.Data;

namespace Dllm.Verification;

/// <summary>Data-set specifications: their syntax, and which rows of a toy hub they select.</summary>
internal sealed class DatasetSpecVerifier : ICaseVerifier
{
    private const int StreamedRows = 18;

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } =
        ["parse_spec", "sft_dataset_specs", "pt_dataset_specs", "streaming_limits", "message_builders"];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Verify(VerificationCase c) => c.Kind switch
    {
        "parse_spec" => c.Json.Items("items").SelectMany(i => ParseSpec($"items[{i.Index}]", i.Item)),
        "sft_dataset_specs" => c.Json.Items("items").SelectMany(i => SftSpec($"items[{i.Index}]", i.Item)),
        "pt_dataset_specs" => c.Json.Items("items").SelectMany(i => PretrainingSpec($"items[{i.Index}]", i.Item)),
        "streaming_limits" => c.Json.Items("items").SelectMany(i => StreamLimits($"items[{i.Index}]", i.Item)),
        _ => MessageBuilders(c.Json),
    };

    private static IEnumerable<CheckResult> ParseSpec(string name, JsonElement item)
    {
        var text = item.Text("spec");
        if (item.Optional("error") is not null)
        {
            return [CaseJson.Refuses(name, () => NamedSpec.Parse(text))];
        }

        var expected = item.GetProperty("result");
        var spec = NamedSpec.Parse(text);
        var actual = spec.Numbers.Select(p => $"{p.Key}={p.Value}").Concat(spec.Texts.Select(p => $"{p.Key}=\"{p.Value}\"")).Order();
        var pairs = expected[1].EnumerateObject().Select(p => p.Value.ValueKind == JsonValueKind.Number
            ? $"{p.Name}={p.Value.GetInt64()}"
            : $"{p.Name}=\"{p.Value.GetString()}\"").Order();
        return
        [
            CheckResult.Equal($"{name}.name", expected[0].GetString(), spec.Name),
            CheckResult.EqualSequence($"{name}.values", pairs.ToArray(), actual.ToArray()),
        ];
    }

    private static IEnumerable<CheckResult> SftSpec(string name, JsonElement item) => Splits(name, item, () =>
        new DatasetLoader(new ToyHub(), SpecRules.Reference).LoadConversations(DatasetSpec.Parse(item.Text("spec")))
            .Select(rows => rows.Select(c => $"{c.Messages[0].Content} => {c.Messages[1].Content}")));

    private static IEnumerable<CheckResult> PretrainingSpec(string name, JsonElement item) => Splits(name, item, () =>
    {
        var loader = new DatasetLoader(new ToyHub(), SpecRules.Reference);
        var spec = DatasetSpec.Parse(item.Text("spec"));
        var texts = item.Bool("streaming") ? loader.StreamTexts(spec) : loader.LoadTexts(spec);
        return texts.Select(rows => rows.Take(StreamedRows));
    });

    private static IEnumerable<CheckResult> StreamLimits(string name, JsonElement item) => Splits(name, item, () =>
    {
        var splits = item.GetProperty("splits").EnumerateObject()
            .Select(s => KeyValuePair.Create(s.Name, Enumerable.Range(0, s.Value.GetInt32()).Select(i => $"{s.Name}{i}")));
        var limits = item.GetProperty("limits").EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetInt32());
        return SplitLimits.ApplyToStream(new DatasetSplits<string>(splits), limits);
    });

    private static IEnumerable<CheckResult> Splits(string name, JsonElement item, Func<DatasetSplits<string>> load)
    {
        if (item.Optional("error") is not null)
        {
            return [CaseJson.Refuses(name, () => load())];
        }

        var expected = item.GetProperty("result").EnumerateObject().ToDictionary(s => s.Name, s => s.Value.Texts());
        var actual = load();
        return expected.Select(s => CheckResult.EqualSequence($"{name}.{s.Key}", s.Value, actual.Find(s.Key)?.ToArray() ?? []))
            .Prepend(CheckResult.EqualSequence($"{name}.splits", expected.Keys.Order().ToArray(), actual.Names.Order().ToArray()));
    }

    private static IEnumerable<CheckResult> MessageBuilders(JsonElement json)
    {
        foreach (var (i, item) in json.Items("alpaca"))
        {
            var prompt = ConversationFormat.AlpacaPrompt(item.OptionalText("instruction"), item.OptionalText("input"));
            yield return CheckResult.Equal($"alpaca[{i}]", item.Text("expected"), prompt);
        }

        foreach (var (i, item) in json.Items("first_turn"))
        {
            var messages = item.GetProperty("messages");
            var turn = messages.ValueKind == JsonValueKind.Array ? new Conversation(messages.Messages()).FirstTurn() : null;
            var expected = item.Optional("expected");
            yield return CheckResult.Equal($"first_turn[{i}].prompt", expected?.Text("prompt"), turn?.Messages[0].Content);
            yield return CheckResult.Equal($"first_turn[{i}].response", expected?.Text("response"), turn?.Messages[1].Content);
        }

        foreach (var (i, item) in json.Items("match"))
        {
            var needle = item.GetProperty("needle");
            string[] known = needle.ValueKind == JsonValueKind.Array ? needle.Texts() : [needle.GetString()!];
            var matches = known.Any(k => DatasetLoader.IsNamed(item.Text("name"), k, SpecRules.Reference));
            yield return CheckResult.Equal($"match[{i}]", item.Bool("expected"), matches);
        }
    }
}
