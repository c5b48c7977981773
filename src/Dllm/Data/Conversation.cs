using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>A conversation to learn from.</summary>
/// <param name="Messages">Its messages, oldest first.</param>
public sealed record Conversation(IReadOnlyList<ChatMessage> Messages);
