using System.Text.Json;
using Dllm.Data;
using Dllm.Tokenization;

namespace Dllm.Tests.Data;

/// <summary>
/// A tokenizer whose tokens are the words between spaces, and a chat template that says <c>&lt;role&gt; content &lt;end&gt;</c>:
/// every id of a test can be counted by hand.
/// </summary>
internal static class WordTokenizer
{
    private static readonly string[] Words =
        ["<pad>", "<end>", "<mask>", "<system>", "<user>", "<assistant>", "a", "b", "c", "d", "e", "f"];

    public static int Pad => 0;

    public static int End => 1;

    public static int Mask => 2;

    public static ChatTemplate Template { get; } = ChatTemplate.Parse(
        "{% for m in messages %}{{ '<' + m['role'] + '> ' + m['content'] + ' <end> ' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<assistant> ' }}{% endif %}");

    public static Tokenizer Create(bool withEnd = true)
    {
        var directory = Directory.CreateTempSubdirectory("dllm-words-");
        try
        {
            var model = new { type = "WordLevel", vocab = Words.Index().ToDictionary(w => w.Item, w => w.Index), unk_token = "<pad>" };
            Write("tokenizer.json", new
            {
                version = "1.0",
                added_tokens = Array.Empty<object>(),
                normalizer = (object?)null,
                pre_tokenizer = new { type = "WhitespaceSplit" },
                post_processor = (object?)null,
                decoder = (object?)null,
                model,
            });
            Write("tokenizer_config.json", withEnd
                ? new { pad_token = "<pad>", mask_token = "<mask>", eos_token = "<end>" }
                : new { pad_token = "<pad>", mask_token = "<mask>" });
            return Tokenizer.FromDirectory(directory.FullName);
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        void Write(string name, object content)
            => File.WriteAllText(Path.Combine(directory.FullName, name), JsonSerializer.Serialize(content));
    }

    public static ConversationEncoder Encoder() => new(Create(), Template);

    /// <summary>Ids of words.</summary>
    public static int[] Ids(string words) => [.. words.Split(' ').Select(word => Array.IndexOf(Words, word))];

    /// <summary>A conversation written as <c>user: a b | assistant: c</c>.</summary>
    public static Conversation Chat(string text) => new([.. text.Split('|', StringSplitOptions.RemoveEmptyEntries)
        .Select(message => message.Split(':')).Select(parts => new ChatMessage(parts[0].Trim(), parts[1].Trim()))]);
}
