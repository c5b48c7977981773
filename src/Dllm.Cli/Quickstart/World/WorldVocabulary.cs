using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Cli.Quickstart.World;

/// <summary>
/// The tokenizer of the world: BERT's lower-casing normaliser and pre-tokenizer before a WordPiece model in which every word of the world is one
/// token. Single characters, alone and as continuations, follow, so that whatever a user types can be written.
/// </summary>
internal static class WorldVocabulary
{
    /// <summary>The tokens with a meaning of their own, in the order of their ids. The tags of BERT Chat are one token each.</summary>
    public static readonly string[] SpecialTokens =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[SYS]", "[/SYS]", "[Question]", "[/Question]", "[Answer]", "[/Answer]"];

    private const int Sample = 20_000;   // scenes and conversations that are read to collect the words: every wording occurs many times

    /// <summary>The tokens in the order of their ids.</summary>
    public static string[] Tokens()
    {
        var characters = Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(c => !char.IsAsciiLetterUpper(c)).ToArray();
        var continuations = characters.Where(char.IsAsciiLetterOrDigit).Select(c => "##" + c);
        var conversations = Conversations.Make(seed: 0, Sample, heldOut: Sample / 10);
        var words = Corpus.Write(seed: 0).Take(Sample)
            .Concat(conversations.Train.Concat(conversations.HeldOut).SelectMany(conversation => conversation.Turns))
            .Concat(SmallTalk.Texts)
            .Concat(Facts.All.Select(fact => fact.Sentence))
            .SelectMany(Words)
            .Where(word => word.Length > 1)
            .Distinct()
            .Order(StringComparer.Ordinal);
        return [.. SpecialTokens, .. characters.Select(c => c.ToString()), .. continuations, .. words];
    }

    /// <summary>Words and signs of a text of the world, as BERT's pre-tokenizer separates them.</summary>
    public static IEnumerable<string> Words(string text)
    {
        for (int start = 0, i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsAsciiLetterOrDigit(text[i])) continue;
            if (i > start) yield return text[start..i];
            if (i < text.Length && text[i] != ' ') yield return text[i].ToString();
            start = i + 1;
        }
    }

    /// <summary>Writes tokenizer.json, tokenizer_config.json and special_tokens_map.json in Hugging Face's form.</summary>
    public static void Save(string directory, string chatTemplate)
    {
        var vocabulary = new JsonObject();
        foreach (string token in Tokens()) vocabulary[token] = vocabulary.Count;
        var tokenizer = JsonNode.Parse(TokenizerFile)!;
        tokenizer["model"]!["vocab"] = vocabulary;
        tokenizer["added_tokens"] = new JsonArray([.. SpecialTokens.Select((token, id) =>
        {
            var added = JsonNode.Parse("""{ "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true }""")!;
            added["id"] = id;
            added["content"] = token;
            return added;
        })]);
        var config = JsonNode.Parse(ConfigFile)!;
        config["chat_template"] = chatTemplate;

        Write("tokenizer.json", tokenizer);
        Write("tokenizer_config.json", config);
        Write("special_tokens_map.json", JsonNode.Parse(SpecialTokensFile)!);
        void Write(string name, JsonNode json) => File.WriteAllText(Path.Combine(directory, name), json.ToJsonString(Indented) + "\n");
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private const string TokenizerFile = """
        {
          "version": "1.0",
          "truncation": null,
          "padding": null,
          "added_tokens": [],
          "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true },
          "pre_tokenizer": { "type": "BertPreTokenizer" },
          "post_processor": {
            "type": "TemplateProcessing",
            "single": [
              { "SpecialToken": { "id": "[CLS]", "type_id": 0 } },
              { "Sequence": { "id": "A", "type_id": 0 } },
              { "SpecialToken": { "id": "[SEP]", "type_id": 0 } }
            ],
            "pair": [
              { "SpecialToken": { "id": "[CLS]", "type_id": 0 } },
              { "Sequence": { "id": "A", "type_id": 0 } },
              { "SpecialToken": { "id": "[SEP]", "type_id": 0 } },
              { "Sequence": { "id": "B", "type_id": 1 } },
              { "SpecialToken": { "id": "[SEP]", "type_id": 1 } }
            ],
            "special_tokens": {
              "[CLS]": { "id": "[CLS]", "ids": [2], "tokens": ["[CLS]"] },
              "[SEP]": { "id": "[SEP]", "ids": [3], "tokens": ["[SEP]"] }
            }
          },
          "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
          "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {} }
        }
        """;

    private const string SpecialTokensFile = """
        { "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]" }
        """;

    private const string ConfigFile = """
        {
          "tokenizer_class": "PreTrainedTokenizerFast",
          "model_max_length": 256,
          "clean_up_tokenization_spaces": true,
          "pad_token": "[PAD]",
          "unk_token": "[UNK]",
          "cls_token": "[CLS]",
          "sep_token": "[SEP]",
          "mask_token": "[MASK]",
          "additional_special_tokens": ["[SYS]", "[/SYS]", "[Question]", "[/Question]", "[Answer]", "[/Answer]"],
          "chat_template": ""
        }
        """;
}
