using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>A conversation to learn from.</summary>
/// <param name="Messages">Its messages, oldest first.</param>
public sealed record Conversation(IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>A question and its answer.</summary>
    public static Conversation Of(string question, string answer) => new([new("user", question), new("assistant", answer)]);

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
