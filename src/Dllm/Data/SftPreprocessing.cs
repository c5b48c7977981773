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
    /// single message, say) is dropped, except where all tokens are learnt.
    /// </remarks>
    /// <exception cref="DllmException">The template refuses a conversation; the message says which.</exception>
    public PreparedSamples Prepare(
        IEnumerable<Conversation> conversations, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var samples = new List<TokenizedSample>();
        int read = 0, noAnswer = 0;
        var verdicts = new int[Enum.GetValues<LengthVerdict>().Length];
        foreach (var conversation in conversations)
        {
            cancellation.ThrowIfCancellationRequested();
            read++;
            if (Trainable(conversation) is not { } trainable)
            {
                noAnswer++;
                continue;
            }

            var sample = _options.Length.Apply(MapRow(trainable, read), out var verdict);
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
        };
    }

    /// <summary>One conversation as a sample, literally as the original maps it, before any length limit.</summary>
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
            return TokenizedSample.AllTokens(_encoder.Encode(messages));
        }

        if (messages.Count < 2)
        {
            throw new DllmException(
                $"a conversation of {messages.Count} messages has no answer to learn",
                "give a question and an answer, or train on all tokens");
        }

        if (_options.TrainOn == TrainOn.AllAssistantTurns)
        {
            return AssistantTurns.Label(_encoder, messages);
        }

        var ids = _encoder.Encode(messages);
        var promptLength = _encoder.Encode([.. messages.SkipLast(1)], addGenerationPrompt: true).Length;
        var labels = new int[Math.Max(ids.Length, promptLength)];
        Array.Fill(labels, TokenizedSample.IgnoredLabel, 0, promptLength);
        if (promptLength < ids.Length)
        {
            ids.AsSpan(promptLength).CopyTo(labels.AsSpan(promptLength));
        }

        return new TokenizedSample(ids, labels, promptLength);
    }

    private TokenizedSample MapRow(Conversation conversation, int row)
    {
        try
        {
            return Map(conversation);
        }
        catch (DllmException e)
        {
            throw new DllmException($"conversation {row} cannot be prepared: {e.Message}", innerException: e);
        }
    }

    /// <summary>The conversation up to the assistant's last answer, or null if there is none to learn.</summary>
    private Conversation? Trainable(Conversation conversation)
    {
        var messages = conversation.Messages;
        if (_options.TrainOn == TrainOn.AllTokens)
        {
            return messages.Count > 0 ? conversation : null;
        }

        var last = messages.Count - 1;
        while (last > 0 && messages[last].Role != Assistant)
        {
            last--;
        }

        return last < 1 ? null : last == messages.Count - 1 ? conversation : new Conversation([.. messages.Take(last + 1)]);
    }
}
