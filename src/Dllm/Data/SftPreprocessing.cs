namespace Dllm.Data;

/// <summary>
/// Conversations to samples for supervised fine-tuning: chat template, tokens, and labels of −100 where nothing is learnt. Follows the
/// original's <c>default_sft_map_fn</c> and <c>post_process_dataset</c>; what cannot teach anything is dropped and counted.
/// </summary>
public sealed class SftPreprocessing
{
    private const string Assistant = "assistant";
    private readonly ConversationEncoder _encoder;
    private readonly SftOptions _options;

    /// <summary>Prepares the preparation.</summary>
    /// <param name="encoder">Writes conversations as token ids.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="DllmException">An option is out of range.</exception>
    public SftPreprocessing(ConversationEncoder encoder, SftOptions? options = null)
    {
        _encoder = encoder;
        _options = options ?? new SftOptions();
        _options.Validate();
    }

    /// <summary>Prepares every conversation of a data set.</summary>
    /// <param name="conversations">Read once, in order.</param>
    /// <param name="progress">Told the number of conversations read, now and then; may be null.</param>
    /// <param name="cancellation">Ends the work between two conversations.</param>
    /// <remarks>
    /// Messages after the last one of the assistant are left out. A conversation in which the assistant answers nothing (a
    /// single message, say) is dropped, and so is one in which all its answers are empty; where all tokens are learnt, only the latter.
    /// </remarks>
    /// <exception cref="DllmException">The template refuses a conversation; the message says which.</exception>
    public PreparedSamples Prepare(
        IEnumerable<Conversation> conversations, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var samples = new List<TokenizedSample>();
        var (unused, unread) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        int read = 0, noAnswer = 0;
        var verdicts = new int[Enum.GetValues<LengthVerdict>().Length];
        foreach (var conversation in conversations)
        {
            cancellation.ThrowIfCancellationRequested();
            read++;
            unused.UnionWith(conversation.UnusedColumns);
            unread.UnionWith(_encoder.FindUnread(conversation));
            if (At(conversation, read, () => Trainable(conversation) is { } trainable ? Map(trainable) : null) is not { } whole)
            {
                noAnswer++;
                continue;
            }

            var sample = _options.Length.Apply(whole, out var verdict);
            verdicts[(int)verdict]++;
            if (sample is not null)
            {
                samples.Add(sample.Labels.Length == sample.Length ? sample : sample with { Labels = sample.Labels[..sample.Length] });
            }

            if (read % 1000 == 0)
            {
                progress?.Report(read);
            }
        }

        progress?.Report(read);
        return new PreparedSamples(samples)
        {
            Read = read,
            NoAnswer = noAnswer,
            Cut = verdicts[(int)LengthVerdict.Cut],
            TooLong = verdicts[(int)LengthVerdict.TooLong],
            NoResponse = verdicts[(int)LengthVerdict.NoResponse],
            UnusedColumns = [.. unused],
            NotInTemplate = [.. unread],
        };
    }

    /// <summary>
    /// One conversation as a sample, before any length limit: by the template's <c>{% generation %}</c> marks where it has them, else
    /// literally as the original maps it.
    /// </summary>
    /// <remarks>
    /// The prompt is the text of all messages but the last, with the answer opened; as many leading labels as it has tokens are −100,
    /// also where it is not a beginning of the whole text. Should it be longer than the whole, there are more labels than ids.
    /// </remarks>
    /// <exception cref="DllmException">There are too few messages, or the template refuses them.</exception>
    public TokenizedSample Map(Conversation conversation)
    {
        var messages = conversation.Messages;
        if (_options.TrainOn == TrainOn.AllTokens)
        {
            return TokenizedSample.AllTokens(_encoder.Encode(conversation));
        }

        if (messages.Count < 2)
        {
            throw new DllmException(
                $"a conversation of {messages.Count} messages has no answer to learn",
                "give a question and an answer, or train on all tokens");
        }

        if (_options.TrainOn == TrainOn.AllAssistantTurns)
        {
            return AssistantTurns.Label(_encoder, conversation, turn => AssistantTurns.IsLearnable(_encoder, conversation, turn));
        }

        var rendered = _encoder.RenderWithSpans(conversation);
        if (rendered.Generated.Count > 0 && messages[^1].Role == Assistant)
        {
            return AssistantTurns.Label(_encoder, conversation, turn => turn == messages.Count - 1);
        }

        var ids = _encoder.Encode(rendered);
        var promptLength = _encoder.Encode(AssistantTurns.Until(conversation, messages.Count - 1), addGenerationPrompt: true).Length;
        var labels = new int[Math.Max(ids.Length, promptLength)];
        Array.Fill(labels, TokenizedSample.IgnoredLabel, 0, promptLength);
        if (promptLength < ids.Length)
        {
            ids.AsSpan(promptLength).CopyTo(labels.AsSpan(promptLength));
        }

        return new TokenizedSample(ids, labels, promptLength);
    }

    private T At<T>(Conversation conversation, int row, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DllmException e)
        {
            var place = conversation.Origin is { } origin ? $"{origin}: the conversation" : $"conversation {row}";
            var unknown = _encoder.FindUnknownRoles(conversation).ToArray();
            throw new DllmException(
                $"{place} cannot be prepared: {e.Message}",
                unknown.Length > 0 ? $"the chat template never mentions the role {string.Join(", ", unknown)}: leave the row out, or give a template that does" : null,
                e);
        }
    }

    /// <summary>The conversation up to the assistant's last answer that says something, or null if there is none to learn.</summary>
    private Conversation? Trainable(Conversation conversation)
    {
        var messages = conversation.Messages;
        var learnsAll = _options.TrainOn == TrainOn.AllTokens;
        if (learnsAll && !messages.Any(message => message.Role == Assistant))
        {
            return messages.Count > 0 ? conversation : null;
        }

        var last = messages.Count - 1;
        while (last >= 0 && !AssistantTurns.IsLearnable(_encoder, conversation, last))
        {
            last--;
        }

        return learnsAll ? last < 0 ? null : conversation : last < 1 ? null : AssistantTurns.Until(conversation, last + 1);
    }
}
