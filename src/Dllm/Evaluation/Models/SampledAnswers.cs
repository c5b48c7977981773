using Dllm.Data;
using Dllm.Sampling;
using Dllm.Tokenization;

namespace Dllm.Evaluation;

/// <summary>How answers in free text are sampled.</summary>
public sealed record AnswerSampling
{
    /// <summary>Makes the sampler with a seed.</summary>
    public required Func<long, ISampler> Sampler { get; init; }

    /// <summary>Makes a canvas of prompts to be answered, as token ids, by the settings that the tasks give.</summary>
    public required Func<IReadOnlyList<int[]>, GenerationSettings, Canvas> Complete { get; init; }

    /// <summary>Makes a canvas of rows with gaps; null where the sampler does not fill gaps.</summary>
    public Func<IReadOnlyList<int[]>, Canvas>? Infill { get; init; }

    /// <summary>The model's mask token: what gaps are made of.</summary>
    public int MaskTokenId { get; init; }

    /// <summary>Tokens of a gap, at least 1; null for those of the text that stood there.</summary>
    public int? SpanTokens { get; init; }

    /// <summary>
    /// Whether random numbers are drawn. Then every request is sampled alone with a seed of its own, so that its answer does not depend on
    /// its neighbours, the order, or whether the run was interrupted.
    /// </summary>
    public bool IsRandom { get; init; }

    /// <summary>
    /// Whether a token once written stays. Then a batch ends as soon as each of its answers has come to a stop string or an end token with
    /// no mask in front of it.
    /// </summary>
    public bool CommitsAreFinal { get; init; } = true;

    /// <summary>Rows of a batch, at least 1; null for as many as suit their length.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The most columns of a canvas; longer prompts lose their beginning. Null for no limit.</summary>
    public int? MaxPositions { get; init; }

    /// <summary>The run's seed.</summary>
    public long Seed { get; init; }

    /// <summary>How prompts become tokens.</summary>
    public PromptEncoding Encoding { get; init; }

    /// <summary>Where answers end; null (the default) takes the tokenizer's own rule.</summary>
    public TextEnds? Ends { get; init; }
}

/// <summary>How prompts become tokens.</summary>
public enum PromptEncoding
{
    /// <summary>With what the tokenizer puts in front of texts, but not behind: the text is to be gone on with.</summary>
    ToContinue,

    /// <summary>As they are: whole texts in the model's markup.</summary>
    MarkedUp,

    /// <summary>With all that the tokenizer adds, as the original's evaluation does.</summary>
    AsOriginal,
}

/// <summary>Answers requests for text with a sampler: prompts of like length share a batch.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="sampling">How.</param>
public sealed class SampledAnswers(Tokenizer tokenizer, AnswerSampling sampling)
{
    // A forward of this many tokens keeps a processor busy; wider ones only need more memory.
    private const int TokensPerForward = 2048;

    private readonly TextEnds _ends = sampling.Ends ?? new TextEnds(tokenizer);
    private readonly ResponseText _response = new(tokenizer, ends: sampling.Ends);

    /// <summary>Tokens of answers so far, up to their end tokens.</summary>
    public long GeneratedTokens { get; private set; }

    /// <summary>Prompts so far that lost their beginning.</summary>
    public long TruncatedContexts { get; private set; }

    /// <inheritdoc cref="IEvalModel.Generate"/>
    public IEnumerable<Answered<TextAnswer>> Generate(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var prompts = requests.Select((request, place) =>
            new Prompt(place, request, request.Infill is { } gap ? Gapped(request.Context, gap) : Fit(Encode(request), request))).ToArray();
        foreach (var batch in Batches(prompts))
        {
            foreach (var answer in Answer(batch, cancellationToken)) yield return answer;
        }
    }

    private int[] Encode(EvalRequest request) => sampling.Encoding switch
    {
        PromptEncoding.MarkedUp => tokenizer.Encode(request.Context, request.Literal ?? [], addSpecialTokens: false),
        PromptEncoding.AsOriginal => tokenizer.Encode(request.Context, request.Literal ?? []),
        _ => EncodedPair.EncodePrompt(tokenizer, request.Context, request.Literal),
    };

    // The text around a gap: what does not fit goes from the beginning, then from the end.
    private int[] Gapped(string prefix, InfillSpan gap)
    {
        if (sampling.Infill is null) throw new DllmException("a task asks to fill gaps, which this model or sampler does not", "use a masked-diffusion model");
        int span = sampling.SpanTokens ?? Math.Max(1, tokenizer.Encode(gap.Original, addSpecialTokens: false).Length);
        int[] before = EncodedPair.EncodePrompt(tokenizer, prefix), after = tokenizer.EncodeWithoutMasks(gap.Suffix, addSpecialTokens: false);
        int excess = before.Length + span + after.Length - (sampling.MaxPositions ?? int.MaxValue);
        if (excess > 0)
        {
            TruncatedContexts++;
            if (span > sampling.MaxPositions) throw new DllmException($"a gap has {span} tokens, but the model reads {sampling.MaxPositions}", "give --span-tokens");
            int front = Math.Min(excess, before.Length);
            (before, after) = (before[front..], after[..(after.Length - (excess - front))]);
        }

        return [.. before, .. Enumerable.Repeat(sampling.MaskTokenId, span), .. after];
    }

    private int[] Fit(int[] prompt, EvalRequest request)
    {
        if (sampling.MaxPositions is not { } most) return prompt;
        int all = prompt.Length;
        for (int width = Width(); width > most; width = Width())
        {
            if (prompt.Length == 0)
                throw new DllmException($"an answer takes {width} positions, but the model has {most}", "ask for fewer with --max-new-tokens");
            prompt = prompt[Math.Min(width - most, prompt.Length)..];
        }

        if (prompt.Length < all) TruncatedContexts++;
        return prompt;

        int Width() => sampling.Complete([prompt], request.Generation!).Width;
    }

    // The longest first: what does not fit into memory shows at once, and the time left is not underestimated.
    private IEnumerable<IReadOnlyList<Prompt>> Batches(Prompt[] prompts)
    {
        var batch = new List<Prompt>();
        foreach (var prompt in prompts.OrderBy(prompt => prompt.IsInfilling).ThenBy(prompt => prompt.MaxNewTokens).ThenByDescending(prompt => prompt.Ids.Length).ThenBy(prompt => prompt.Place))
        {
            bool isLike = batch.Count > 0 && batch[0].MaxNewTokens == prompt.MaxNewTokens && batch[0].IsInfilling == prompt.IsInfilling && batch.Count < Most(batch[0]);
            if (batch.Count > 0 && !isLike)
            {
                yield return batch;
                batch = [];
            }

            batch.Add(prompt);
        }

        if (batch.Count > 0) yield return batch;
    }

    private int Most(Prompt longest) => sampling.IsRandom ? 1
        : sampling.BatchSize ?? Math.Clamp(TokensPerForward / Canvas([longest]).Width, 1, 64);

    private Canvas Canvas(IReadOnlyList<Prompt> batch) => batch[0].IsInfilling
        ? sampling.Infill!([.. batch.Select(prompt => prompt.Ids)])
        : sampling.Complete([.. batch.Select(prompt => prompt.Ids)], batch[0].Request.Generation!);

    private IEnumerable<Answered<TextAnswer>> Answer(IReadOnlyList<Prompt> batch, CancellationToken cancellationToken)
    {
        var canvas = Canvas(batch);
        var sampler = sampling.Sampler(sampling.IsRandom ? RequestSeed.Of(sampling.Seed, batch[0].Request) : sampling.Seed);
        bool canStop = sampling.CommitsAreFinal;
        foreach (var _ in sampler.Sample(canvas, cancellationToken))
        {
            if (canStop && batch.Select((prompt, row) => (prompt, row)).All(pair => IsDecided(canvas, pair.row, pair.prompt.Until))) break;
        }

        for (int row = 0; row < batch.Count; row++)
        {
            int[] written = canvas.Written(row);
            GeneratedTokens += Decided(written, canvas.MaskTokenId).Length;
            yield return new(batch[row].Place, new TextAnswer(Cut(_response.Completion(written, 0), batch[row].Until)));
        }
    }

    private bool IsDecided(Canvas canvas, int row, IReadOnlyList<string> until)
    {
        int[] written = canvas.Written(row);
        var decided = Decided(written, canvas.MaskTokenId);
        if (decided.Length == written.Length || written[decided.Length] != canvas.MaskTokenId) return true;
        if (until.Count == 0) return false;
        string text = tokenizer.Decode(decided, skipSpecialTokens: true);
        return until.Any(stop => stop.Length > 0 && text.Contains(stop, StringComparison.Ordinal));
    }

    // What stands in front of the first mask or the end.
    private ReadOnlySpan<int> Decided(ReadOnlySpan<int> written, int mask)
    {
        int end = written.IndexOf(mask);
        return _ends.Before(end < 0 ? written : written[..end]);
    }

    private string Cut(string text, IReadOnlyList<string> until) => AnswerText.Cut(text, tokenizer.SpecialTokens.Eos, until);

    private sealed record Prompt(int Place, EvalRequest Request, int[] Ids)
    {
        public IReadOnlyList<string> Until => Request.Generation!.Until;

        public bool IsInfilling => Request.Infill is not null;

        public int? MaxNewTokens => Request.Generation!.MaxNewTokens;
    }
}
