using System.Collections.Immutable;

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

    /// <summary>
    /// A message as the template is to see it, nulls and lists of parts included: what transformers does with a message it is given.
    /// Messages as people export them are read by <c>ConversationFormat</c>.
    /// </summary>
    /// <param name="fields">Its <c>role</c>, its <c>content</c> (text, null, missing or a list of parts) and any other fields.</param>
    /// <exception cref="DllmException">Its role is not a text.</exception>
    public static ChatMessage Of(IReadOnlyDictionary<string, object?> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.GetValueOrDefault("role") is not string role)
            throw new DllmException("a chat message has no text 'role'", "give each message a role such as user or assistant");
        var content = fields.GetValueOrDefault("content") as string;
        var others = new OrderedDictionary<string, object?>(fields.Where(field => field.Key != "role" && (field.Key != "content" || content is null)));
        return new ChatMessage(role, content ?? "") { Fields = others.Count > 0 ? others : ImmutableDictionary<string, object?>.Empty };
    }
}
