using System.Text.Json;
using Dllm.Tokenization;

namespace Dllm.ParityTests;

/// <summary>The limits on templates leave published ones all the room they need.</summary>
public class LongConversationTests
{
    private static readonly string Folder = Path.Combine(GoldenFolders.Shared, "golden", "training", "data", "chat_templates");

    public static IEnumerable<TheoryDataRow<string>> Names() =>
        [.. new[]
        {
            "chatml", "deepseekv3", "dream_style", "gemma", "glm4moe", "lfm2", "llama3", "llama3_1", "llama3_2", "phi3", "qwen2_5", "qwen3",
            "qwen3_instruct_2507", "reference_bert", "reference_llada",
        }.Select(name => new TheoryDataRow<string>(name))];

    /// <summary>A conversation of two hundred thousand tokens (800,000 characters) takes less than a fifth of the work allowed.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void PublishedTemplatesRenderLongConversations(string name)
    {
        Assert.SkipUnless(Directory.Exists(Folder), $"the reference vectors {Folder} are not here");
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, name, "case.json")));
        var template = ChatTemplate.Parse(
            json.RootElement.GetProperty("template").GetString()!, new ChatTemplateLimits { MaxWork = new ChatTemplateLimits().MaxWork / 5 });
        string words = string.Concat(Enumerable.Repeat("word ", 80));
        ChatMessage[] talk =
            [.. Enumerable.Range(0, 2000).Select(i => new ChatMessage(i % 2 == 0 ? "user" : "assistant", $"<think>{i}</think>{words}"))];
        string text = template.Render(talk, true, new Dictionary<string, object?> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" });
        Assert.True(text.Length > 700_000, $"{text.Length}");
    }
}
