using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// Labels answers of the assistant in a conversation, which goes beyond the original's last turn: what the template marks by
/// <c>{% generation %}</c>, or, in a template without marks, what an answer adds to the conversation before it.
/// </summary>
internal static class AssistantTurns
{
    private const string Assistant = "assistant";

    private static readonly string[] WeightFields = ["weight", "loss_weight", "train"];

    /// <summary>
    /// Without marks an answer's text reaches from where the conversation before it, with the answer opened, ends, to where the
    /// conversation with it ends. A token is learnt if it begins within such a stretch; one that straddles its beginning belongs to the
    /// prompt, as in the rule for the last turn.
    /// </summary>
    /// <param name="encoder">Writes conversations.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="isLearnt">Which messages are learnt, by number from 0.</param>
    /// <exception cref="DllmException">
    /// The template has no marks and writes an earlier turn in another way once later ones follow (as those do that hide old reasoning).
    /// </exception>
    public static TokenizedSample Label(ConversationEncoder encoder, Conversation conversation, Predicate<int> isLearnt)
    {
        var rendered = encoder.RenderWithSpans(conversation);
        var encoding = encoder.EncodeWithOffsets(rendered);
        var stretches = rendered.Generated.Count > 0
            ? Marked(encoder, conversation, rendered.Generated, isLearnt)
            : Found(encoder, conversation, rendered.Text, isLearnt);
        var ids = encoding.Ids.ToArray();
        var labels = new int[ids.Length];
        Array.Fill(labels, TokenizedSample.IgnoredLabel);
        foreach (var stretch in stretches)
        {
            for (var t = 0; t < ids.Length; t++)
            {
                if (encoding.Offsets[t].Start >= stretch.Start && encoding.Offsets[t].Start < stretch.End)
                {
                    labels[t] = ids[t];
                }
            }
        }

        var promptLength = Array.FindIndex(labels, label => label != TokenizedSample.IgnoredLabel);
        return new TokenizedSample(ids, labels, promptLength < 0 ? ids.Length : promptLength);
    }

    /// <summary>
    /// Whether there is something to learn in a message: one of the assistant, with a text or with a field (a call of a tool) that the
    /// template shows, and not given the weight 0, as in OpenAI's and LLaMA-Factory's files.
    /// </summary>
    public static bool IsLearnable(ConversationEncoder encoder, Conversation conversation, int turn)
    {
        var message = conversation.Messages[turn];
        if (message.Role != Assistant || WeightFields.Any(name => IsZero(message.Fields.GetValueOrDefault(name))))
        {
            return false;
        }

        if (!string.IsNullOrWhiteSpace(message.Content) || message.Fields.ContainsKey("content"))
        {
            return true;
        }

        return message.Fields.Count > 0 && encoder.Render(Until(conversation, turn + 1))
            != encoder.Render(Until(conversation, turn) with { Messages = [.. conversation.Messages.Take(turn), new ChatMessage(Assistant, "")] });
    }

    /// <summary>The first messages of a conversation.</summary>
    public static Conversation Until(Conversation conversation, int count)
        => count == conversation.Messages.Count ? conversation : conversation with { Messages = [.. conversation.Messages.Take(count)] };

    private static bool IsZero(object? weight) => weight is 0L or 0.0 or false;

    /// <summary>The marked stretches of the messages that are learnt: those by which a message makes the marked ones more.</summary>
    private static IEnumerable<TextSpan> Marked(
        ConversationEncoder encoder, Conversation conversation, IReadOnlyList<TextSpan> marked, Predicate<int> isLearnt)
    {
        var turns = Answers(conversation).ToArray();
        if (turns.All(turn => isLearnt(turn)))
        {
            return marked;
        }

        var ends = turns.Select(turn => turn == conversation.Messages.Count - 1
            ? marked.Count
            : Math.Min(marked.Count, encoder.RenderWithSpans(Until(conversation, turn + 1)).Generated.Count)).ToArray();
        return turns.Index().Where(turn => isLearnt(turn.Item))
            .SelectMany(turn => marked.Take(ends[turn.Index]).Skip(turn.Index == 0 ? 0 : ends[turn.Index - 1]));
    }

    private static IEnumerable<TextSpan> Found(ConversationEncoder encoder, Conversation conversation, string text, Predicate<int> isLearnt)
    {
        foreach (var turn in Answers(conversation).Where(turn => isLearnt(turn)))
        {
            var before = turn == 0 ? "" : encoder.Render(Until(conversation, turn), addGenerationPrompt: true);
            yield return new TextSpan(
                PlaceAfter(before, text, turn), PlaceAfter(encoder.Render(Until(conversation, turn + 1)), text, turn));
        }
    }

    private static IEnumerable<int> Answers(Conversation conversation)
        => Enumerable.Range(0, conversation.Messages.Count).Where(turn => conversation.Messages[turn].Role == Assistant);

    /// <summary>Where <paramref name="beginning"/> ends in <paramref name="text"/>, in code points as offsets count.</summary>
    private static int PlaceAfter(string beginning, string text, int turn)
        => text.StartsWith(beginning, StringComparison.Ordinal)
            ? beginning.EnumerateRunes().Count()
            : throw new DllmException(
                $"the chat template writes message {turn + 1} differently once other messages follow, so its answer cannot be found again",
                "put {% generation %} and {% endgeneration %} around what the assistant says in the template, or train on the last assistant turn");
}
