using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Tokenization;

/// <summary>Writes the files of a tokenizer: the originals, changed only where the tokenizer was.</summary>
internal static class TokenizerWriter
{
    private static readonly JsonSerializerOptions Style = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(string directory, TokenizerParts parts)
    {
        try
        {
            Directory.CreateDirectory(directory);
            WriteAside(directory, TokenizerReader.TokenizerFile, TokenizerJson(parts));
            WriteAside(directory, TokenizerReader.ConfigFile, Config(parts));
            WriteAside(directory, TokenizerReader.MapFile, Serialize(SpecialMap(parts.SpecialTokens)));
            if (parts.ChatTemplateSource is { } template && File.Exists(Path.Combine(directory, TokenizerReader.TemplateFile)))
            {
                // It would win over the config's.
                WriteAside(directory, TokenizerReader.TemplateFile, System.Text.Encoding.UTF8.GetBytes(template));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"{directory}: the tokenizer cannot be written ({error.Message})", null, error);
        }
    }

    private static void WriteAside(string directory, string name, byte[] content)
    {
        string path = Path.Combine(directory, name);
        string aside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllBytes(aside, content);
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    private static byte[] TokenizerJson(TokenizerParts parts)
    {
        JsonObject root = Parse(parts.TokenizerJson);
        JsonArray tokens = root["added_tokens"] as JsonArray ?? [];
        var written = tokens.Select(token => (string?)token?["content"]).ToHashSet(StringComparer.Ordinal);
        AddedToken[] missing = [.. parts.AddedTokens.Where(token => !written.Contains(token.Content)).OrderBy(token => token.Id)];
        if (missing.Length == 0)
        {
            return parts.TokenizerJson;
        }

        foreach (AddedToken token in missing)
        {
            tokens.Add(DescribeWithId(token));
        }

        root["added_tokens"] = tokens.Parent is null ? tokens : tokens.DeepClone();
        return Serialize(root);
    }

    private static byte[] Config(TokenizerParts parts)
    {
        JsonObject config = parts.ConfigJson is null ? [] : Parse(parts.ConfigJson);
        foreach ((string key, JsonNode? value) in SpecialMap(parts.SpecialTokens))
        {
            config[key] = value?.DeepClone();
        }

        // The end of a turn is not written: Python would make it one special token, which BERT Chat's [/Answer] is not.
        if (config["added_tokens_decoder"] is JsonObject decoder)
        {
            foreach (AddedToken token in parts.AddedTokens)
            {
                decoder.TryAdd(token.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), Describe(token));
            }
        }

        config["clean_up_tokenization_spaces"] = parts.CleanUpSpaces;
        config.TryAdd("tokenizer_class", "PreTrainedTokenizerFast");
        if (parts.ChatTemplateSource is null)
        {
            config.Remove("chat_template");
        }
        else
        {
            config["chat_template"] = parts.ChatTemplateSource;
        }

        return Serialize(config);
    }

    /// <summary>The named special tokens, by their keys.</summary>
    public static JsonObject SpecialMap(SpecialTokens tokens)
    {
        var map = new JsonObject();
        foreach ((string key, string? text) in new[]
        {
            ("bos_token", tokens.Bos), ("eos_token", tokens.Eos), ("unk_token", tokens.Unk), ("sep_token", tokens.Sep),
            ("pad_token", tokens.Pad), ("cls_token", tokens.Cls), ("mask_token", tokens.Mask),
        })
        {
            if (text is not null)
            {
                map[key] = text;
            }
        }

        if (tokens.AdditionalSpecialTokens.Count > 0)
        {
            map["additional_special_tokens"] = new JsonArray([.. tokens.AdditionalSpecialTokens.Select(text => JsonValue.Create(text))]);
        }

        return map;
    }

    /// <summary>An entry of <c>added_tokens</c>.</summary>
    public static JsonObject DescribeWithId(AddedToken token)
    {
        JsonObject described = Describe(token);
        described.Insert(0, "id", token.Id);
        return described;
    }

    private static JsonObject Describe(AddedToken token) => new()
    {
        ["content"] = token.Content,
        ["single_word"] = token.SingleWord,
        ["lstrip"] = token.LeftStrip,
        ["rstrip"] = token.RightStrip,
        ["normalized"] = token.Normalized,
        ["special"] = token.Special,
    };

    private static JsonObject Parse(byte[] json) => JsonInput.ParseLast(json)!.AsObject();

    /// <summary>JSON as UTF-8, with line breaks and without needless escapes.</summary>
    public static byte[] Serialize(JsonNode node) => System.Text.Encoding.UTF8.GetBytes(node.ToJsonString(Style) + "\n");
}
