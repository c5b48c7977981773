using System.Text.Json;
using Dllm.Tokenization;
using Dllm.Verification;

namespace Dllm.ParityTests;

/// <summary>The library's own chat templates render every recorded conversation as the reference's templates do.</summary>
public class OwnChatTemplateTests
{
    [Theory]
    [InlineData("reference_bert", ChatTemplates.BertChat)]
    [InlineData("reference_llada", ChatTemplates.Llada)]
    public void RendersAsTheReference(string folder, string name)
    {
        var found = GoldenFolders.Roots.SelectMany(root => VerificationCase.Find(root).Select(directory => (root, directory)))
            .FirstOrDefault(place => Path.GetFileName(place.directory) == folder);
        Assert.SkipWhen(found.directory is null, $"the reference vectors {folder} are not here");
        var json = VerificationCase.Read(found.root, found.directory).Json;
        var template = ChatTemplate.Parse(ChatTemplates.Source(name));
        var tokens = json.GetProperty("special_tokens").EnumerateObject().ToDictionary(token => token.Name, token => (object?)token.Value);
        Assert.All(json.GetProperty("items").EnumerateArray(), item => RendersItem(template, tokens, json, item));
    }

    private static void RendersItem(ChatTemplate template, Dictionary<string, object?> variables, JsonElement json, JsonElement item)
    {
        var conversation = json.GetProperty("conversations").GetProperty(item.GetProperty("conversation").GetString()!);
        var messages = conversation.EnumerateArray().Select(message => ChatMessage.Of((IReadOnlyDictionary<string, object?>)JsonInput.Value(message)!)).ToArray();
        var options = item.GetProperty("options");
        Func<string> render = options.TryGetProperty("continue_final_message", out var proceed) && proceed.GetBoolean()
            ? () => template.RenderToContinue(messages, variables)
            : () => template.Render(messages, options.GetProperty("add_generation_prompt").GetBoolean(), variables);
        if (item.TryGetProperty("expected_text", out var expected))
            Assert.Equal(expected.GetString(), render());
        else
            Assert.ThrowsAny<DllmException>(render);
    }
}
