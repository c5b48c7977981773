using Dllm.Tokenization;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Tasks;

/// <summary>A part of a prompt: one message of a chat, or text with what follows it.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">The text.</param>
/// <param name="Delimiter">What follows the text where the prompt is no chat.</param>
internal sealed record PromptTurn(string Role, string Content, string Delimiter = "")
{
    /// <summary>The parts as plain text.</summary>
    public static string Text(IEnumerable<PromptTurn> turns) => string.Concat(turns.Select(turn => turn.Content + turn.Delimiter));

    /// <summary>The parts as messages of a chat.</summary>
    public static IReadOnlyList<ChatMessage> Turns(IEnumerable<PromptTurn> turns) => [.. turns.Select(turn => new ChatMessage(turn.Role, turn.Content))];

    /// <summary>The parts as one message of the user, besides a system message before and a begun answer after it.</summary>
    public static IReadOnlyList<ChatMessage> Joined(IReadOnlyList<PromptTurn> turns)
    {
        var start = turns[0].Role == "system" ? 1 : 0;
        var end = turns.Count > start + 1 && turns[^1].Role == "assistant" ? turns.Count - 1 : turns.Count;
        PromptTurn[] asked = [.. turns.Take(start..end)];
        asked[^1] = asked[^1] with { Delimiter = "" };
        return Turns([.. turns.Take(start), new PromptTurn("user", Text(asked)), .. turns.Skip(end)]);
    }

    /// <summary>Two texts with a delimiter between, unless one is empty or there is whitespace already.</summary>
    public static string Join(string? left, string? right, string delimiter)
    {
        if (string.IsNullOrEmpty(left)) return right ?? "";
        if (string.IsNullOrEmpty(right)) return left;
        return NeedsDelimiter(left, right) ? left + delimiter + right : left + right;
    }

    /// <summary>Whether there is no whitespace where two texts meet.</summary>
    public static bool NeedsDelimiter(string left, string right) =>
        left.Length > 0 && right.Length > 0 && !PythonText.IsWhitespace(left[^1]) && !PythonText.IsWhitespace(right[0]);
}
