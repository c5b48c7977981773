using System.Text.Json;
using Dllm.Tokenization;

namespace Dllm.Verification;

/// <summary>Tokenizers (ids, offsets, decodings, pairs, special tokens) and what each model type installs in them.</summary>
internal sealed class TokenizerVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["tokenizer", "tokenizer_setup"];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Verify(VerificationCase c) => c.Kind == "tokenizer" ? VerifyTokenizer(c) : VerifySetups(c);

    private static IEnumerable<CheckResult> VerifyTokenizer(VerificationCase c)
    {
        Tokenizer tokenizer = Tokenizer.FromDirectory(c.Directory);
        var checks = new List<CheckResult>
        {
            CheckResult.Equal("vocabulary_size", c.Json.OptionalInt("len_tokenizer") ?? c.Json.Int("vocab_size"), tokenizer.VocabularySize),
        };
        if (c.Json.Optional("clean_up_tokenization_spaces_default") is { } cleans)
        {
            checks.Add(CheckResult.Equal("clean_up_default", cleans.GetBoolean(), tokenizer.CleanUpSpaces));
        }

        if (c.Json.Optional("all_special_ids") is { } special)
        {
            checks.Add(CheckResult.EqualSequence("all_special_ids", special.Ints().Order().ToArray(), tokenizer.SpecialTokens.AllIds));
        }

        checks.AddRange(NamedTokens("special_tokens", c.Json.Optional("special_tokens"), tokenizer));
        checks.AddRange(c.Json.Items("items").SelectMany(entry => Item(tokenizer, $"items[{entry.Index}]", entry.Item)));
        checks.AddRange(Optional(c.Json, "pairs").SelectMany(entry => Pair(tokenizer, $"pairs[{entry.Index}]", entry.Item)));
        checks.AddRange(Optional(c.Json, "single_token_decode").SelectMany(entry => SingleToken(tokenizer, entry.Item)));
        checks.AddRange(Optional(c.Json, "random_id_decode").SelectMany(entry =>
            Decodings(tokenizer, $"random_id_decode[{entry.Index}]", entry.Item, entry.Item.GetProperty("ids").Ints(), "keep", "skip")));
        return checks;
    }

    private static IEnumerable<CheckResult> Item(Tokenizer tokenizer, string name, JsonElement item)
    {
        string text = item.Text("text");
        int[] plain = item.GetProperty("ids_no_special").Ints();
        int[] ids = item.Optional("ids")?.Ints() ?? plain;
        EncodedText encoding = tokenizer.EncodeWithOffsets(text, addSpecialTokens: false);
        TextSpan[] offsets = [.. item.GetProperty("offsets_no_special").IntRows().Select(pair => new TextSpan(pair[0], pair[1]))];
        return
        [
            CheckResult.EqualSequence($"{name}.ids", ids, tokenizer.Encode(text)),
            CheckResult.EqualSequence($"{name}.ids_no_special", plain, tokenizer.Encode(text, addSpecialTokens: false)),
            CheckResult.EqualSequence($"{name}.ids_with_offsets", plain, encoding.Ids),
            CheckResult.EqualSequence($"{name}.offsets", offsets, encoding.Offsets),
            .. Decodings(tokenizer, name, item, ids, "decode_keep_special", "decode_skip_special"),
        ];
    }

    private static IEnumerable<CheckResult> Decodings(
        Tokenizer tokenizer, string name, JsonElement item, int[] ids, string keep, string skip)
    {
        string skipped = item.Text(skip);
        yield return CheckResult.Equal($"{name}.{keep}", item.Text(keep), tokenizer.Decode(ids, false, cleanUpSpaces: false));
        yield return CheckResult.Equal($"{name}.{skip}", skipped, tokenizer.Decode(ids, true, cleanUpSpaces: false));
        if (skip == "decode_skip_special")
        {
            yield return CheckResult.Equal(
                $"{name}.cleaned", item.OptionalText($"{skip}_cleaned") ?? skipped, tokenizer.Decode(ids, true, cleanUpSpaces: true));
        }
    }

    private static IEnumerable<CheckResult> Pair(Tokenizer tokenizer, string name, JsonElement item)
    {
        EncodedText pair = tokenizer.EncodePairWithOffsets(item.Text("a"), item.Text("b"));
        int[] ids = item.GetProperty("ids").Ints();
        int[] mask = [.. pair.SpecialTokensMask.Select(Convert.ToInt32)];
        return
        [
            CheckResult.EqualSequence($"{name}.ids", ids, pair.Ids),
            CheckResult.EqualSequence($"{name}.ids_only", ids, tokenizer.EncodePair(item.Text("a"), item.Text("b"))),
            CheckResult.EqualSequence($"{name}.type_ids", item.GetProperty("type_ids").Ints(), pair.TypeIds),
            CheckResult.EqualSequence($"{name}.special_tokens_mask", item.GetProperty("special_tokens_mask").Ints(), mask),
        ];
    }

    private static IEnumerable<CheckResult> SingleToken(Tokenizer tokenizer, JsonElement item)
    {
        int id = item[0].GetInt32();
        string? token = item[1].GetString();
        yield return CheckResult.Equal($"token[{id}]", token, tokenizer.IdToToken(id));
        yield return CheckResult.Equal($"token[{id}].id", tokenizer.TokenToId(token!), id);
        yield return CheckResult.Equal($"token[{id}].decode", item[2].GetString(), tokenizer.Decode([id], false, cleanUpSpaces: false));
    }

    private static IEnumerable<CheckResult> NamedTokens(string name, JsonElement? expected, Tokenizer tokenizer)
    {
        SpecialTokens tokens = tokenizer.SpecialTokens;
        return Roles(tokens).Where(role => expected is not null).Select(role =>
            CheckResult.Equal($"{name}.{role.Key}", expected!.Value.OptionalText(role.Key), role.Text));
    }

    private static IEnumerable<(string Key, string? Text, int? Id)> Roles(SpecialTokens tokens) =>
    [
        ("bos_token", tokens.Bos, tokens.BosId),
        ("eos_token", tokens.Eos, tokens.EosId),
        ("pad_token", tokens.Pad, tokens.PadId),
        ("mask_token", tokens.Mask, tokens.MaskId),
        ("unk_token", tokens.Unk, tokens.UnkId),
        ("sep_token", tokens.Sep, tokens.SepId),
        ("cls_token", tokens.Cls, tokens.ClsId),
    ];

    private static IEnumerable<CheckResult> VerifySetups(VerificationCase c)
    {
        string tokenizers = Path.Combine(c.Directory, "..", "..", "tokenizers");
        foreach (JsonProperty row in c.Json.GetProperty("by_model_type").EnumerateObject())
        {
            string name = row.Name;
            JsonElement expected = row.Value;
            TokenizerSetup setup = TokenizerSetup.For(expected.Text("model_type"));
            Tokenizer tokenizer = Tokenizer.FromDirectory(Path.Combine(tokenizers, expected.Text("tokenizer"))).With(setup);
            SpecialTokens tokens = tokenizer.SpecialTokens;
            JsonElement special = expected.GetProperty("special");
            foreach ((string key, string? text, int? id) in Roles(tokens).Where(role => special.TryGetProperty(role.Key, out _)))
            {
                yield return CheckResult.Equal($"{name}.{key}", special.OptionalText(key), text);
                yield return CheckResult.Equal($"{name}.{key}.id", expected.GetProperty("special_ids").OptionalInt(key), id);
            }

            yield return CheckResult.Equal($"{name}.length", expected.Int("len_tokenizer"), tokenizer.VocabularySize);
            yield return CheckResult.Equal($"{name}.eot_token", expected.OptionalText("eot_token"), tokens.EndOfTurn);
            yield return CheckResult.Equal(
                $"{name}.eot_token_id", expected.OptionalInt("eot_token_id"), setup.LooksUpEndOfTurn ? tokens.EndOfTurnId : null);
            yield return CheckResult.Equal($"{name}.thinking", expected.Bool("forces_enable_thinking_false"), setup.DisablesThinking);
            yield return CheckResult.Equal(
                $"{name}.has_template", expected.Optional("chat_template") is not null, setup.ChatTemplate is not null);
        }
    }

    private static IEnumerable<(int Index, JsonElement Item)> Optional(JsonElement json, string key) =>
        json.Optional(key) is null ? [] : json.Items(key);
}
