using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>Labels every answer of the assistant in a conversation, which goes beyond the original's last turn.</summary>
internal static class AssistantTurns
{
    /// <summary>
    /// An answer's text reaches from where the conversation before it, with the answer opened, ends, to where the conversation with it
    /// ends. A token is learnt if it begins within such a stretch; one that straddles its beginning belongs to the prompt, as in
    /// the rule for the last turn.
    /// </summary>
    /// <exception cref="DllmException">
    /// The template writes an earlier turn in another way once later ones follow (as those do that hide old reasoning).
    /// </exception>
    public static TokenizedSample Label(ConversationEncoder encoder, IReadOnlyList<ChatMessage> messages)
    {
        var whole = encoder.RenderWithSpans(messages);
        var (text, encoding) = (whole.Text, encoder.EncodeWithOffsets(whole));
        var ids = encoding.Ids.ToArray();
        var labels = new int[ids.Length];
        Array.Fill(labels, TokenizedSample.IgnoredLabel);
        for (var turn = 0; turn < messages.Count; turn++)
        {
            if (messages[turn].Role != "assistant")
            {
                continue;
            }

            var before = turn == 0 ? "" : encoder.Render([.. messages.Take(turn)], addGenerationPrompt: true);
            var (start, end) = (PlaceAfter(before, text, turn), PlaceAfter(encoder.Render([.. messages.Take(turn + 1)]), text, turn));
            for (var t = 0; t < ids.Length; t++)
            {
                if (encoding.Offsets[t].Start >= start && encoding.Offsets[t].Start < end)
                {
                    labels[t] = ids[t];
                }
            }
        }

        var promptLength = Array.FindIndex(labels, label => label != TokenizedSample.IgnoredLabel);
        return new TokenizedSample(ids, labels, promptLength < 0 ? ids.Length : promptLength);
    }

    /// <summary>Where <paramref name="beginning"/> ends in <paramref name="text"/>, in code points as offsets count.</summary>
    private static int PlaceAfter(string beginning, string text, int turn)
        => text.StartsWith(beginning, StringComparison.Ordinal)
            ? beginning.EnumerateRunes().Count()
            : throw new DllmException(
                $"the chat template writes message {turn + 1} differently once other messages follow, so its answer cannot be found again",
                "train on the last assistant turn");
}
