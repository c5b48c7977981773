using System.Text.Json;
using Dllm.Data;
using Dllm.Tokenization;

namespace Dllm.Verification;

/// <summary>What happens to a row on its way to the collator, and to a sampler's output on its way back to text.</summary>
internal sealed class PreprocessingVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["sft_map", "post_process", "tokenize_and_group", "output_trim"];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        var tokenizers = new Dictionary<string, Tokenizer>();
        return c.Kind switch
        {
            "sft_map" => c.Json.Items("items").SelectMany(i => SftMap($"items[{i.Index}]", i.Item, c.Json, Open(i.Item))),
            "tokenize_and_group" => c.Json.Items("items").SelectMany(i => Pack($"items[{i.Index}]", i.Item, Open(i.Item))),
            "output_trim" => c.Json.Items("items").Select(i => Trim($"items[{i.Index}]", i.Item, Open(i.Item))),
            _ => c.Json.Items("items").SelectMany(i => PostProcess($"items[{i.Index}]", i.Item, c.Json))
                .Concat(c.Json.Items("clip_row").SelectMany(i => ClipRow($"clip_row[{i.Index}]", i.Item))),
        };

        Tokenizer Open(JsonElement item)
        {
            var name = item.Text("tokenizer");
            return tokenizers.TryGetValue(name, out var tokenizer)
                ? tokenizer
                : tokenizers[name] = Tokenizer.FromDirectory(Path.Combine(c.Directory, "..", "tokenizers", name));
        }
    }

    private static IEnumerable<CheckResult> SftMap(string name, JsonElement item, JsonElement json, Tokenizer tokenizer)
    {
        var variables = new Dictionary<string, object?>();
        if (item.Optional("enable_thinking") is { } thinking)
        {
            variables["enable_thinking"] = thinking.GetBoolean();
        }

        var template = ChatTemplate.Parse(json.GetProperty("templates").Text(item.Text("template")));
        var options = new SftOptions { TrainOn = item.Bool("mask_prompt_loss") ? TrainOn.LastAssistantTurn : TrainOn.AllTokens };
        var preprocessing = new SftPreprocessing(new ConversationEncoder(tokenizer, template, variables) { AsOriginal = true }, options);
        var messages = json.GetProperty("conversations").GetProperty(item.Text("conversation"));
        var conversation = new Conversation(messages.Messages());
        return item.Optional("error") is not null
            ? [CaseJson.Refuses(name, () => preprocessing.Map(conversation))]
            : Sample(name, item.GetProperty("result"), preprocessing.Map(conversation));
    }

    private static IEnumerable<CheckResult> Sample(string name, JsonElement expected, TokenizedSample actual) =>
    [
        CheckResult.EqualSequence($"{name}.input_ids", expected.GetProperty("input_ids").Ints(), actual.Ids),
        CheckResult.EqualSequence($"{name}.labels", expected.GetProperty("labels").Ints(), actual.Labels),
        CheckResult.Equal($"{name}.prompt_len", expected.OptionalInt("prompt_len"), actual.PromptLength),
    ];

    private static IEnumerable<CheckResult> Pack(string name, JsonElement item, Tokenizer tokenizer)
    {
        var options = new TextPackingOptions
        {
            BlockLength = item.Int("seq_length"),
            AppendEnd = item.Bool("insert_eos"),
            DropTail = item.Bool("drop_tail"),
            AddSpecialTokens = item.Bool("add_special_tokens"),
        };
        var expected = item.GetProperty("expected");
        var packing = new TextPacking(tokenizer, options, item.OptionalInt("eos_token_id"));
        var blocks = packing.Pack(item.GetProperty("texts").Texts()).ToArray();
        return Rows($"{name}.input_ids", expected.GetProperty("input_ids"), blocks.Select(b => b.Ids))
            .Concat(Rows($"{name}.labels", expected.GetProperty("labels"), blocks.Select(b => b.Labels)));
    }

    private static IEnumerable<CheckResult> Rows(string name, JsonElement expected, IEnumerable<int[]> actual)
    {
        var rows = expected.IntRows();
        var found = actual.ToArray();
        yield return CheckResult.Equal($"{name}.count", rows.Length, found.Length);
        foreach (var (i, (row, other)) in rows.Zip(found).Index())
        {
            yield return CheckResult.EqualSequence($"{name}[{i}]", row, other);
        }
    }

    private static CheckResult Trim(string name, JsonElement item, Tokenizer tokenizer)
    {
        var response = new ResponseText(tokenizer, new SpecialTokens
        {
            PadId = item.OptionalInt("pad_token_id"),
            EosId = item.OptionalInt("eos_token_id"),
            EndOfTurnId = item.OptionalInt("eot_token_id"),
            MaskId = item.OptionalInt("mask_token_id"),
            Eos = item.OptionalText("eos_token"),
            EndOfTurn = item.OptionalText("eot_token"),
        });
        var (sequence, prompt) = (item.GetProperty("seq").Ints(), item.GetProperty("prompt").Ints());
        string Read() => item.Text("fn") == "sample_trim"
            ? response.ReferenceCompletion(sequence, prompt)
            : response.ReferenceInfilling(sequence, prompt);
        return item.Optional("error") is not null
            ? CaseJson.Refuses(name, () => Read())
            : CheckResult.Equal(name, item.Text("expected"), Read());
    }

    private static IEnumerable<CheckResult> PostProcess(string name, JsonElement item, JsonElement json)
    {
        var limit = new LengthLimit
        {
            MaxLength = item.Int("max_length"),
            Truncation = ParseTruncation(item.Text("truncation")),
            KeepWithoutResponse = true,
        };
        var expected = item.GetProperty("map_style");
        if (expected.Optional("error") is not null)
        {
            yield return CaseJson.Refuses(name, limit.Validate);
            yield break;
        }

        var withPrompt = item.Bool("has_prompt_len");
        var rows = json.GetProperty("rows").EnumerateArray().Select(r => new TokenizedSample(
            r.GetProperty("input_ids").Ints(),
            r.GetProperty("labels").Ints(),
            withPrompt ? r.OptionalInt("prompt_len") : null)).ToArray();
        foreach (var split in expected.GetProperty("result").EnumerateObject())
        {
            var taken = split.Name == "test" ? rows[..json.Int("test_rows")] : rows;
            var kept = taken.Select(r => limit.Apply(r, out _)).OfType<TokenizedSample>().ToArray();
            yield return CheckResult.Equal($"{name}.{split.Name}.count", split.Value.GetArrayLength(), kept.Length);
            foreach (var (i, (row, sample)) in split.Value.EnumerateArray().Zip(kept).Index())
            {
                foreach (var check in Sample($"{name}.{split.Name}[{i}]", row, sample))
                {
                    yield return check;
                }
            }
        }
    }

    private static IEnumerable<CheckResult> ClipRow(string name, JsonElement item)
    {
        var maxLength = item.Int("max_length");
        var promptLength = item.GetProperty("row").OptionalInt("prompt_len");
        return Clipped($"{name}.clip_row", item.GetProperty("clip_row"),
                row => RowClipping.Clip(row, maxLength, ParseTruncation(item.Text("truncation"))))
            .Concat(Clipped($"{name}.clip_row_streaming", item.GetProperty("clip_row_streaming"), row => promptLength is { } prompt
                ? RowClipping.ClipResponse(row, prompt, maxLength, ParseTruncation(item.Text("truncation")))
                : RowClipping.Clip(row, maxLength, ParseTruncation(item.Text("truncation")))));

        IEnumerable<CheckResult> Clipped(string check, JsonElement expected, Func<int[], int[]> clip)
        {
            var columns = item.GetProperty("row").EnumerateObject().Where(column => column.Name != "prompt_len");
            return expected.Optional("error") is not null
                ? [CaseJson.Refuses(check, () => clip([1, 2, 3]))]
                : columns.Select(column => CheckResult.EqualSequence(
                    $"{check}.{column.Name}", expected.GetProperty("result").GetProperty(column.Name).Ints(), clip(column.Value.Ints())));
        }
    }

    private static Truncation ParseTruncation(string name) => Enum.TryParse<Truncation>(name, ignoreCase: true, out var truncation)
        ? truncation
        : throw new DllmException($"unknown truncation '{name}'", "take right, left or filter");
}
