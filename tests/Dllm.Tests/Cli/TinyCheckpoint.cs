using System.Text.Json.Nodes;
using Dllm.Models;
using TorchSharp;

namespace Dllm.Tests.Cli;

/// <summary>A checkpoint on disk with random weights: a ModernBERT of two layers over thirty words. Made once for a class of tests.</summary>
public sealed class TinyCheckpoint : IDisposable
{
    /// <summary>Tokens the model reads at most.</summary>
    public const int Context = 64;

    /// <summary>The template of BERT Chat, without the system message.</summary>
    public const string Template =
        "{% for m in messages %}{% if m.role == 'user' %}[Question] {{ m.content }} [/Question]{% else %} [Answer] {{ m.content }} [/Answer]"
        + "{% endif %}{% endfor %}{% if add_generation_prompt %} [Answer]{% endif %}";

    private static readonly string[] Words =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[Question]", "[/Question]", "[Answer]", "[/Answer]", ".", "?", "!", "anna", "ben", "is",
        "in", "the", "garden", "kitchen", "where", "who", "red", "green", "ball", "yes", "no", "and", "hello", "one", "two", "three",
    ];

    /// <summary>Makes it.</summary>
    public TinyCheckpoint()
    {
        Root = Directory.CreateTempSubdirectory("dllm-cli-").FullName;
        Directory.CreateDirectory(Model);
        File.WriteAllText(ConfigFile, Config(Words.Length));
        WriteTokenizer(Model, Words);
        using var generator = new torch.Generator(7, torch.CPU);
        using var model = PretrainedModel.FromConfig(Model, generator);
        model.Save(Model);
    }

    /// <summary>A folder for whatever a test writes; deleted at the end.</summary>
    public string Root { get; }

    /// <summary>The checkpoint's folder.</summary>
    public string Model => Path.Combine(Root, "model");

    /// <summary>Its config.json.</summary>
    public string ConfigFile => Path.Combine(Model, "config.json");

    /// <summary>Path of a file or folder below the root.</summary>
    public string At(string name) => Path.Combine(Root, name);

    /// <summary>Writes a file below the root and gives its path.</summary>
    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
        return At(name);
    }

    /// <summary>A copy of the checkpoint to be spoilt.</summary>
    public string Copy(string name)
    {
        Directory.CreateDirectory(At(name));
        foreach (string file in Directory.EnumerateFiles(Model)) File.Copy(file, Path.Combine(At(name), Path.GetFileName(file)), overwrite: true);
        return At(name);
    }

    /// <summary>A tokenizer with one more word than the model has.</summary>
    public string TokenizerWithMoreWords()
    {
        string folder = At("more-words");
        Directory.CreateDirectory(folder);
        WriteTokenizer(folder, [.. Words, "four"]);
        return folder;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Config(int vocabulary) =>
        $$"""
        {
          "model_type": "modernbert", "architectures": ["ModernBertForMaskedLM"], "vocab_size": {{vocabulary}}, "hidden_size": 32,
          "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": {{Context}},
          "global_attn_every_n_layers": 2, "local_attention": 16, "pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3,
          "initializer_range": 0.2
        }
        """;

    private static void WriteTokenizer(string folder, string[] words)
    {
        var vocabulary = new JsonObject();
        foreach (string word in words) vocabulary[word] = vocabulary.Count;
        var added = words.Index().Where(word => word.Item[0] == '[').Select(word => (JsonNode)new JsonObject
        {
            ["id"] = word.Index,
            ["content"] = word.Item,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        });
        var tokenizer = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. added]),
            ["normalizer"] = JsonNode.Parse("""{ "type": "Lowercase" }"""),
            ["pre_tokenizer"] = JsonNode.Parse("""{ "type": "BertPreTokenizer" }"""),
            ["post_processor"] = null,
            ["decoder"] = JsonNode.Parse("""{ "type": "WordPiece", "prefix": "##", "cleanup": true }"""),
            ["model"] = new JsonObject
            {
                ["type"] = "WordPiece",
                ["unk_token"] = "[UNK]",
                ["continuing_subword_prefix"] = "##",
                ["max_input_chars_per_word"] = 100,
                ["vocab"] = vocabulary,
            },
        };
        var config = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["pad_token"] = "[PAD]",
            ["unk_token"] = "[UNK]",
            ["cls_token"] = "[CLS]",
            ["sep_token"] = "[SEP]",
            ["mask_token"] = "[MASK]",
            ["chat_template"] = Template,
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config.ToJsonString());
    }
}
