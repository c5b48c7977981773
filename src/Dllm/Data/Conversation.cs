using System.Collections.Immutable;
using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>A conversation, to learn from or to answer.</summary>
/// <param name="Messages">Its messages, oldest first.</param>
public sealed record Conversation(IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>
    /// What the chat template may read besides the messages, by name: <c>tools</c>, <c>documents</c> and whatever <c>chat_template_kwargs</c>
    /// held. None by default.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Variables { get; init; } = ImmutableDictionary<string, object?>.Empty;

    /// <summary>Columns of the row that hold something and were not used, bookkeeping such as <c>id</c> left out.</summary>
    public IReadOnlyList<string> UnusedColumns { get; init; } = [];

    /// <summary>The prompt, where the row held no more than a text: it can also be continued without a chat template. Null otherwise.</summary>
    public string? PlainText { get; init; }

    /// <summary>Where the row was read, for messages: file and line, or null.</summary>
    public string? Origin { get; init; }

    /// <summary>Whether the first message tells the assistant how to behave.</summary>
    public bool HasSystemMessage => Messages is [{ Role: "system" or "developer" }, ..];

    /// <summary>A question and its answer.</summary>
    public static Conversation Of(string question, string answer) => new([new("user", question), new("assistant", answer)]);

    /// <summary>This, with a system message in front unless it has one.</summary>
    public Conversation WithSystem(string text) => HasSystemMessage ? this : this with { Messages = [new("system", text), .. Messages] };

    /// <summary>
    /// The first message of the user and the first answer of the assistant after it, without surrounding spaces; null where there is no
    /// such pair or one of the two is empty. Messages whose content is not a text are passed over.
    /// </summary>
    public Conversation? FirstTurn()
    {
        var user = Next("user", 0);
        var answer = user < 0 ? -1 : Next("assistant", user + 1);
        if (answer < 0)
        {
            return null;
        }

        var (question, reply) = (Messages[user].Content.Trim(), Messages[answer].Content.Trim());
        return question.Length == 0 || reply.Length == 0 ? null : Of(question, reply);
    }

    private int Next(string role, int start)
    {
        for (var i = start; i < Messages.Count; i++)
        {
            // A "content" among the fields stands for content that is no text (see ChatMessage).
            if (Messages[i].Role == role && !Messages[i].Fields.ContainsKey("content"))
            {
                return i;
            }
        }

        return -1;
    }
}
