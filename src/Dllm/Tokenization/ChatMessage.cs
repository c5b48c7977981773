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
    public IReadOnlyDictionary<string, object?> Fields { get; init; } = new Dictionary<string, object?>();
}
