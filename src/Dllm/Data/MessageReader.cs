using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// Messages as people export them: OpenAI's, ShareGPT's (<c>from</c> and <c>value</c>), or a mixture; names of keys and roles in any case.
/// A field that is null or an empty list is as if it were not there.
/// </summary>
internal static class MessageReader
{
    private const string User = "user";
    private const string Assistant = "assistant";
    private const string Tool = "tool";

    private static readonly string[] RoleKeys = ["role", "from", "speaker"];
    private static readonly string[] ContentKeys = ["content", "value", "text", "parts"];
    private static readonly string[] CallKeys = ["tool_calls", "function_call"];
    private static readonly string[] MediaKeys = ["image", "images", "audio", "audios", "video", "videos"];
    private static readonly string[] ThoughtKeys = ["reasoning_content", "reasoning", "thinking"];

    private static readonly Dictionary<string, string> Roles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["user"] = User,
        ["human"] = User,
        ["prompter"] = User,
        ["assistant"] = Assistant,
        ["gpt"] = Assistant,
        ["chatgpt"] = Assistant,
        ["bot"] = Assistant,
        ["chatbot"] = Assistant,
        ["model"] = Assistant,
        ["ai"] = Assistant,
        ["bard"] = Assistant,
        ["bing"] = Assistant,
        ["function_call"] = Assistant,
        ["tool_call"] = Assistant,
        ["system"] = "system",
        ["developer"] = "developer",
        ["function"] = "function",
        ["tool"] = Tool,
        ["observation"] = Tool,
        ["tool_response"] = Tool,
        ["tool_result"] = Tool,
        ["function_response"] = Tool,
    };

    /// <summary>A list of messages, or of texts that the user and the assistant say by turns.</summary>
    /// <exception cref="DllmException">It is no such list, or a message holds what a text model cannot read; the message is numbered.</exception>
    public static ChatMessage[] ReadList(object? value) => value is IReadOnlyList<object?> list
        ? list.All(item => item is string)
            ? [.. list.Select((text, i) => new ChatMessage(i % 2 == 0 ? User : Assistant, (string)text!))]
            : [.. list.Select((message, i) => Read(message, i + 1))]
        : throw new DllmException("a conversation is not a list of messages", "write [{\"role\": \"user\", \"content\": \"…\"}, …]");

    /// <summary>Content that is no more than text: a text, a number, null (nothing), or parts that are texts.</summary>
    /// <exception cref="DllmException">It holds something else.</exception>
    public static string Text(object? content, string what) => MessageParts.Read(content, what) is { Reasoning: null, Calls.Count: 0 } parts
        ? parts.Text
        : throw new DllmException($"{what} holds more than text", "give messages, of which the assistant's may have thoughts and calls of tools");

    private static ChatMessage Read(object? value, int number)
    {
        var place = $"message {number}";
        if (value is not IReadOnlyDictionary<string, object?> given)
        {
            throw new DllmException($"{place} is not an object with a role and a content");
        }

        var fields = new Columns(given);
        var written = fields.Take(RoleKeys) as string ?? throw new DllmException(
            $"{place} has no text 'role' (or 'from'), only {string.Join(", ", given.Keys)}", "give each message a role such as user or assistant");
        if (MediaKeys.FirstOrDefault(key => fields.Take(key) is not null) is { } media)
        {
            throw new DllmException($"{place} has the field '{media}', which a text model cannot read", "leave the row out, or the field");
        }

        var role = Roles.GetValueOrDefault(written.Trim(), written);
        var parts = MessageParts.Read(fields.Take(ContentKeys), $"the content of {place}");
        var content = parts.Text;
        if (content.Length == 0 && role == Assistant && fields.Take("refusal") is string refusal)
        {
            content = refusal;
        }

        IReadOnlyList<object?> calls = [.. ToolCalls.Read(fields.Take(CallKeys)), .. parts.Calls];
        if (calls.Count == 0 && written.EndsWith("_call", StringComparison.OrdinalIgnoreCase) && ToolCalls.TryRead(content, out calls))
        {
            content = "";
        }

        var others = fields.Rest().ToDictionary(field => field.Key, field => field.Value);
        if (parts.Reasoning is { } reasoning)
        {
            others.TryAdd("reasoning_content", reasoning);
        }

        if (calls.Count > 0)
        {
            others["tool_calls"] = calls;
        }

        return content.Length > 0 || calls.Count > 0 || fields.Has(ContentKeys) || fields.Has(CallKeys) || fields.Has(ThoughtKeys)
            ? ChatMessage.Of(new Dictionary<string, object?>(others) { ["role"] = role, ["content"] = content })
            : throw new DllmException(
                $"{place} has no 'content' (or 'value'), only {string.Join(", ", given.Keys)}", "give each message a content, null where it has none");
    }
}
