using System.Text.Json.Nodes;
using Dllm.Tokenization;

namespace Dllm.Tests.Tokenization;

/// <summary>A tokenizer's files in a folder of their own, which goes when the test ends.</summary>
internal sealed class TokenizerFixture : IDisposable
{
    /// <summary>A WordLevel model over a few tokens.</summary>
    public const string Words = """{"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1, "b": 2, "hello": 3, "world": 4}, "unk_token": "[UNK]"}""";

    /// <summary>A BPE model over the characters a, b, c.</summary>
    public const string Pairs =
        """{"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4, "aa": 5}, "merges": ["a b", "ab c", "a a"]}""";

    public TokenizerFixture(string? tokenizer = null, string? config = null, string? map = null)
    {
        Write("tokenizer.json", tokenizer);
        Write("tokenizer_config.json", config);
        Write("special_tokens_map.json", map);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("dllm-tokenizer-").FullName;

    /// <summary>A tokenizer file of these components.</summary>
    public static string Json(string model, string components = "", string added = "") =>
        $$"""{"version": "1.0", "truncation": {"max_length": 2}, "padding": null, "added_tokens": [{{added}}], {{components}} "model": {{model}}}""";

    /// <summary>An entry of <c>added_tokens</c>.</summary>
    public static string Added(
        int id, string content, bool special = true, bool word = false, bool left = false, bool right = false, bool normalized = false) =>
        new JsonObject
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = word,
            ["lstrip"] = left,
            ["rstrip"] = right,
            ["normalized"] = normalized,
            ["special"] = special,
        }.ToJsonString();

    /// <summary>Opens a tokenizer of these components.</summary>
    public static Tokenizer Open(string model, string components = "", string added = "")
    {
        using var fixture = new TokenizerFixture(Json(model, components, added));
        return fixture.Open();
    }

    public Tokenizer Open() => Tokenizer.FromDirectory(Folder);

    public string File(string name) => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Write(string name, string? content)
    {
        if (content is not null)
        {
            System.IO.File.WriteAllText(File(name), content);
        }
    }
}
