using System.Diagnostics.CodeAnalysis;
using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// Finds the conversation in a row of a data set: a column <c>messages</c> (a list of objects with <c>role</c> and <c>content</c>),
/// ShareGPT's <c>conversations</c> (objects with <c>from</c> and <c>value</c>), or alpaca's columns <c>instruction</c>, <c>input</c>
/// and <c>output</c>.
/// </summary>
public static class ConversationFormat
{
    /// <summary>The conversation of a row.</summary>
    /// <exception cref="DllmException">The row has neither form; the message says where it was read.</exception>
    public static Conversation Read(DataRow row)
    {
        try
        {
            return Find(row);
        }
        catch (DllmException e) when (row.Origin is not null)
        {
            throw new DllmException($"{row.Origin}: {e.Message}", innerException: e);
        }
    }

    private static Conversation Find(DataRow row)
    {
        if (row.Values.TryGetValue("messages", out var messages))
        {
            return Messages(messages);
        }

        if (row.Values.TryGetValue("conversations", out var turns))
        {
            return Messages(turns, ShareGptMessage);
        }

        return row.Values.ContainsKey("instruction") && row.Values.ContainsKey("output")
            ? Alpaca(row)
            : throw new DllmException(
                $"a row has columns {string.Join(", ", row.Values.Keys)}, "
                    + "but no 'messages', no 'conversations' and no 'instruction' with 'output'",
                "give conversations as {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}, …]}");
    }

    /// <summary>The conversation of a list of messages.</summary>
    /// <param name="messages">A list of objects with a text <c>role</c> and a <c>content</c>; other fields go to the template too.</param>
    /// <exception cref="DllmException">It is not such a list.</exception>
    public static Conversation Messages(object? messages) => Messages(messages, Message);

    /// <summary>An instruction, with its input below, as question; the output as answer; all without surrounding spaces.</summary>
    public static Conversation Alpaca(DataRow row)
        => Conversation.Of(AlpacaPrompt(row.Text("instruction"), row.Text("input")), row.Text("output")?.Trim() ?? "");

    /// <summary>Alpaca's instruction and its input, a blank line between them; no input leaves the instruction alone.</summary>
    public static string AlpacaPrompt(string? instruction, string? input)
    {
        instruction = instruction?.Trim() ?? "";
        return string.IsNullOrWhiteSpace(input) ? instruction : $"{instruction}\n\n{input.Trim()}";
    }

    private static Conversation Messages(object? messages, Func<object?, ChatMessage> read) => messages is IReadOnlyList<object?> list
        ? new Conversation([.. list.Select(read)])
        : throw new DllmException("a conversation is not a list of messages");

    private static ChatMessage Message(object? message)
    {
        if (message is not IReadOnlyDictionary<string, object?> fields || !TryText(fields, "role", out var role))
        {
            throw new DllmException("a message is not an object with a text 'role'");
        }

        var content = fields.TryGetValue("content", out var value) ? value as string ?? JoinedParts(value) : null;
        var others = fields.Where(f => f.Key != "role" && !(f.Key == "content" && content is not null));
        return new ChatMessage(role, content ?? "") { Fields = others.ToDictionary(f => f.Key, f => f.Value) };
    }

    private static ChatMessage ShareGptMessage(object? message)
    {
        if (message is not IReadOnlyDictionary<string, object?> fields || !TryText(fields, "from", out var from)
            || !TryText(fields, "value", out var value))
        {
            throw new DllmException("a message of 'conversations' is not an object with texts 'from' and 'value'");
        }

        return new ChatMessage(
            from switch { "human" => "user", "gpt" or "function_call" => "assistant", "observation" => "tool", _ => from }, value);
    }

    /// <summary>The text of content given as a list of parts, if every part is a text; else null.</summary>
    private static string? JoinedParts(object? content)
    {
        if (content is not IReadOnlyList<object?> { Count: > 0 } parts)
        {
            return null;
        }

        var texts = parts.Select(part => part is IReadOnlyDictionary<string, object?> fields
            && TryText(fields, "type", out var type) && type == "text"
            && (TryText(fields, "text", out var text) || TryText(fields, "value", out text)) ? text : null).ToArray();
        return texts.Contains(null) ? null : string.Concat(texts);
    }

    private static bool TryText(IReadOnlyDictionary<string, object?> fields, string name, [NotNullWhen(true)] out string? text)
    {
        text = fields.TryGetValue(name, out var value) ? value as string : null;
        return text is not null;
    }
}
