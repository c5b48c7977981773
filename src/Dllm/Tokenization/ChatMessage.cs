using System.Collections.Immutable;
using System.Text.Json;

namespace Dllm.Tokenization;

/// <summary>One message of a conversation, as a chat template sees it.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c> or whatever the template knows.</param>
/// <param name="Content">What is said, as plain text.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>
    /// Further fields the template may read (<c>tool_calls</c>, <c>reasoning_content</c>, …), by name; none by default.
    /// A field named <c>content</c> is seen in place of <see cref="Content"/>: for content that is null or a list of parts.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Fields { get; init; } = ImmutableDictionary<string, object?>.Empty;

    /// <summary>Reads a message as the usual chat formats write it: an object with <c>role</c>, <c>content</c> and any other fields.</summary>
    /// <param name="message">The object. Content may be text, null, missing or a list of parts.</param>
    /// <exception cref="DllmException">It is not an object, or its role is not a text.</exception>
    public static ChatMessage FromJson(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw new DllmException($"a chat message is an object with role and content, not {Describe(message)}");
        if (!message.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
            throw new DllmException("a chat message has no text 'role'", "give each message a role such as user or assistant");
        var content = "";
        var fields = new OrderedDictionary<string, object?>();
        foreach (var property in message.EnumerateObject())
        {
            if (property.NameEquals("content") && property.Value.ValueKind == JsonValueKind.String)
                content = property.Value.GetString()!;
            else if (!property.NameEquals("role"))
                fields[property.Name] = property.Value.Clone();
        }
        return new ChatMessage(role.GetString()!, content) { Fields = fields.Count > 0 ? fields : ImmutableDictionary<string, object?>.Empty };
    }

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => $"a {element.ValueKind.ToString().ToLowerInvariant()}",
    };
}
