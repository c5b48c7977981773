using System.Text.Json.Nodes;
using Dllm.Data;
using Dllm.Tokenization;

namespace Dllm.Fuzz.Targets;

/// <summary>Templates, rendered with a conversation; messages, rendered by a template.</summary>
internal static class TemplateTargets
{
    private static readonly ChatMessage[] Talk =
    [
        new("system", "Be brief."), new("user", "Hi 😀 there"), new("assistant", "<think>\nhm\n</think>\n\nHello"), new("user", "[MASK] é"), new("assistant", "Bye"),
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        FuzzTarget.OfText("chat_template", Seeds.Templates, RenderChat) with { Words = JinjaGrammar.Words, Grammar = JinjaGrammar.Template },
        FuzzTarget.OfText("prompt_template", Seeds.Prompts, RenderPrompt) with { Words = JinjaGrammar.Words, Grammar = JinjaGrammar.Template },
        FuzzTarget.OfText("messages", Seeds.Messages, RenderMessages) with
        {
            Words = ["role", "content", "user", "assistant", "system", "tool", "tool_calls", "function", "name", "arguments", "type", "text", "image_url"],
        },
    ];

    private static void RenderChat(string source)
    {
        var template = ChatTemplate.Parse(source);
        var variables = new Dictionary<string, object?>
        {
            ["bos_token"] = "<s>",
            ["eos_token"] = "</s>",
            ["tools"] = JsonNode.Parse("""[{"type": "function", "function": {"name": "f", "parameters": {"a": [1, 2.5, null]}}}]"""),
        };
        template.RenderWithSpans(Talk, addGenerationPrompt: true, variables);
        template.RenderToContinue(Talk, variables);
    }

    private static void RenderPrompt(string source) => PromptTemplate.Parse(source).Render(
        new JsonObject { ["question"] = "What is 2 + 2?", ["choices"] = new JsonArray("3", "4"), ["answer"] = 1, ["messages"] = new JsonArray(), ["x"] = 2.5 });

    private static void RenderMessages(string json)
    {
        if (!JsonInput.TryValue(json, out var value))
            return; // the caller's, who reads the JSON
        var conversation = ConversationFormat.Messages(value);
        conversation.FirstTurn();
        ChatTemplate.Parse(ChatTemplates.Source(ChatTemplates.Llada)).RenderWithSpans(conversation.Messages, addGenerationPrompt: true);
    }
}
