using System.Diagnostics.CodeAnalysis;
using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// Finds the conversation in a row of a data set: a column <c>messages</c> (a list of objects with <c>role</c> and <c>content</c>), or
/// alpaca's columns <c>instruction</c>, <c>input</c> and <c>output</c>.
/// </summary>
public static class ConversationFormat
{
    /// <summary>The conversation of a row.</summary>
    /// <exception cref="DllmException">The row has neither form.</exception>
    public static Conversation Read(DataRow row)
    {
        if (row.Values.TryGetValue("messages", out var messages))
        {
            return Messages(messages);
        }

        return row.Values.ContainsKey("instruction") && row.Values.ContainsKey("output")
            ? Alpaca(row)
            : throw new DllmException(
                $"a row has columns {string.Join(", ", row.Values.Keys)}, but no 'messages' and no 'instruction' with 'output'",
                "give conversations as {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}, …]}");
    }

    /// <summary>The conversation of a list of messages.</summary>
    /// <param name="messages">A list of objects with a text <c>role</c> and a <c>content</c>; their other fields go to the template too.</param>
    /// <exception cref="DllmException">It is not such a list.</exception>
    public static Conversation Messages(object? messages) => messages is IReadOnlyList<object?> list
        ? new Conversation([.. list.Select(Message)])
        : throw new DllmException("'messages' is not a list of messages");

    /// <summary>An instruction, with its input below, as question; the output as answer; all without surrounding spaces.</summary>
    public static Conversation Alpaca(DataRow row)
        => Conversation.Of(AlpacaPrompt(row.Text("instruction"), row.Text("input")), row.Text("output")?.Trim() ?? "");

    /// <summary>Alpaca's instruction and its input, a blank line between them; no input leaves the instruction alone.</summary>
    public static string AlpacaPrompt(string? instruction, string? input)
    {
        instruction = instruction?.Trim() ?? "";
        return string.IsNullOrWhiteSpace(input) ? instruction : $"{instruction}\n\n{input.Trim()}";
    }

    private static ChatMessage Message(object? message)
    {
        if (message is not IReadOnlyDictionary<string, object?> fields || !TryText(fields, "role", out var role))
        {
            throw new DllmException("a message is not an object with a text 'role'");
        }

        var others = fields.Where(f => f.Key != "role" && !(f.Key == "content" && f.Value is string));
        return new ChatMessage(role, TryText(fields, "content", out var content) ? content : "")
        {
            Fields = others.ToDictionary(f => f.Key, f => f.Value),
        };
    }

    private static bool TryText(IReadOnlyDictionary<string, object?> fields, string name, [NotNullWhen(true)] out string? text)
    {
        text = fields.TryGetValue(name, out var value) ? value as string : null;
        return text is not null;
    }
}
