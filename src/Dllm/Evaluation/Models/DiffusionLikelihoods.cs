using Dllm.Models;
using Dllm.Tokenization;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

/// <summary>
/// Likelihoods of bidirectional diffusion models by noisy copies: a masked-diffusion model's as <see cref="MaskedLikelihood"/>, Dream's as
/// <see cref="DreamLikelihood"/>, but many requests at once. Copies that look alike are read once, be they of one request or of the choices
/// of a question, rows of like length share a forward, and logits are computed at masks only; the answers are those of one request at a
/// time, to rounding.
/// </summary>
public sealed class DiffusionLikelihoods : ILikelihoodModel
{
    // Masks alone look alike to a model without absolute positions: rounding shall not choose among them.
    private const double Tie = 1e-6;

    // Among how many requests of one context and length copies that look alike are looked for.
    private const int Siblings = 16;

    private readonly LikelihoodOptions _options;
    private readonly RequestEncoder _encoder;
    private readonly MaskedRows _rows;
    private readonly Func<EncodedRequest, IReadOnlyList<NoisyCopy>> _noise;
    private readonly bool _isDream;

    private DiffusionLikelihoods(LikelihoodOptions options, RequestEncoder encoder, MaskedRows rows, bool isDream)
    {
        options.Validate();
        (_options, _encoder, _rows, _isDream) = (options, encoder, rows, isDream);
        _noise = asked => options.NllType != NllType.Mc && isDream ? NoisyCopies.Chain(asked.Context.Length, asked.Target.Length, options)
            : isDream ? NoisyCopies.Antithetic(asked.Context.Length, asked.Target.Length, options, Seed(asked))
            : NoisyCopies.Stratified(asked.Context.Length, asked.Target.Length, options, Seed(asked));
    }

    /// <summary>Of a masked-diffusion model (LLaDA, BERT, …).</summary>
    /// <param name="denoiser">The model; logits at i are for token i. Not owned.</param>
    /// <param name="tokenizer">Its tokenizer, with a mask token.</param>
    /// <param name="options">How.</param>
    /// <param name="maxPositions">The most tokens that it reads.</param>
    /// <param name="device">Where it computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of range, or there is no mask token.</exception>
    public static DiffusionLikelihoods Masked(
        IDenoiser denoiser, Tokenizer tokenizer, LikelihoodOptions options, int maxPositions, Device? device = null) => new(
            options,
            new RequestEncoder(tokenizer, options.AsOriginal ? EncodedPair.EncodeAsOriginal : EncodedPair.Encode, maxPositions, null),
            new MaskedRows(denoiser, MaskOf(tokenizer), device ?? CPU, options.Cfg), isDream: false);

    /// <summary>Of Dream, by noisy copies or as chains of tokens.</summary>
    /// <inheritdoc cref="Masked"/>
    public static DiffusionLikelihoods Dream(
        IDenoiser denoiser, Tokenizer tokenizer, LikelihoodOptions options, int maxPositions, Device? device = null) => new(
            options, DreamEncoder(tokenizer, maxPositions), new MaskedRows(denoiser, MaskOf(tokenizer), device ?? CPU), isDream: true);

    /// <inheritdoc/>
    public long TruncatedContexts => _encoder.Truncated;

    /// <inheritdoc/>
    public IEnumerable<Answered<LikelihoodAnswer>> LogLikelihoods(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var asked = new AskedParts(requests, _encoder, isExact: false);
        foreach (var answer in asked.Certain) yield return answer;
        foreach (var batch in RowBatches.Of(Rows(asked.Parts), row => row.Row.Tokens.Length, _options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var complete = Read(batch);
            foreach (var (part, isGreedy) in complete.Zip(AreGreedy([.. complete.Select(part => part.Asked)], cancellationToken)))
            {
                foreach (var answer in asked.Add(part.Asked, new(part.Sum, isGreedy))) yield return answer;
            }
        }
    }

    internal static int MaskOf(Tokenizer tokenizer) =>
        tokenizer.SpecialTokens.MaskId ?? throw new DllmException("the tokenizer has no mask token", "use a checkpoint of a diffusion model");

    internal static RequestEncoder DreamEncoder(Tokenizer tokenizer, int maxPositions)
    {
        int end = tokenizer.SpecialTokens.EosId ?? throw new DllmException("the tokenizer has no end-of-sequence token", "declare one");
        return new RequestEncoder(
            tokenizer, (encoder, context, continuation, literal) =>
                EncodedPair.EncodeForDream(encoder, context, continuation, "", end, int.MaxValue, literal),
            maxPositions, null);
    }

    // The longest first; those of one context and length, such as the choices of a question, look alike where all of them is masked.
    private IEnumerable<SharedRow> Rows(IReadOnlyList<EncodedRequest> asked) => asked
        .OrderByDescending(part => part.Length).ThenBy(part => part.Place)
        .GroupBy(part => part, new Sibling())
        .SelectMany(group => group.Chunk(Siblings))
        .SelectMany(siblings => siblings.SelectMany(Copies).GroupBy(copy => copy.Row, (row, copies) => new SharedRow(row, [.. copies])));

    // What has nothing to be masked is one copy without a mask: its request has to be answered too.
    private IEnumerable<Copy> Copies(EncodedRequest asked)
    {
        var copies = _noise(asked);
        int[] text = asked.Sequence;
        bool isMean = _isDream && _options.LogType == LikelihoodPart.Both; // as the original
        var part = new OpenPart(asked, text) { Copies = Math.Max(1, copies.Count) };
        double scale = isMean ? 1.0 / Math.Max(1, text.Length) : 1;
        return copies.Count == 0
            ? [new Copy(part, MaskedRow.Of(text, asked.Context.Length, [], []), 0)]
            : copies.Select(copy => new Copy(part, MaskedRow.Of(text, asked.Context.Length, copy.Masked, copy.Asked), copy.Weight * scale));
    }

    // Reads rows; gives the parts that are complete by them.
    private List<OpenPart> Read(IReadOnlyList<SharedRow> rows)
    {
        var losses = _rows.CrossEntropies([.. rows.Select(row => row.Row)], [.. rows.Select(row => row.Copies.Select(copy => copy.Part.Text).ToArray())]);
        var complete = new List<OpenPart>();
        foreach (var (copy, loss) in rows.SelectMany(row => row.Copies).Zip(losses.SelectMany(loss => loss)))
        {
            copy.Part.Sum -= copy.Weight * loss;
            if (--copy.Part.Copies == 0) complete.Add(copy.Part);
        }

        return complete;
    }

    private bool[] AreGreedy(IReadOnlyList<EncodedRequest> parts, CancellationToken cancellationToken)
    {
        var answers = new bool[parts.Count];
        var open = new List<(int Part, int[] Masks)>();
        for (int i = 0; i < parts.Count; i++)
        {
            answers[i] = !_isDream && parts[i].AsksGreedy;
            if (answers[i]) open.Add((i, [.. Enumerable.Range(parts[i].Context.Length, parts[i].Target.Length)]));
        }

        // A mask of each a round. What is not masked any more is the target's own: the first token written otherwise decides.
        while ((open = [.. open.Where(left => left.Masks.Length > 0)]).Count > 0)
        {
            var rows = open.GroupBy(left => MaskedRow.Of(parts[left.Part].Sequence, parts[left.Part].Context.Length, left.Masks, left.Masks));
            open = [];
            foreach (var batch in RowBatches.Of(rows, row => row.Key.Tokens.Length, _options.BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var (row, proposals) in batch.Zip(_rows.Proposals([.. batch.Select(row => row.Key)])))
                {
                    double most = proposals.Max(proposal => proposal.Probability);
                    int best = Array.FindIndex(proposals, proposal => proposal.Probability >= most - Tie); // the first of equals
                    foreach (var (part, masks) in row)
                    {
                        answers[part] = proposals[best].Token == parts[part].Sequence[masks[best]];
                        if (answers[part]) open.Add((part, [.. masks.Where((_, i) => i != best)]));
                    }
                }
            }
        }

        return answers;
    }

    private long Seed(EncodedRequest asked) => RequestSeed.Of(_options.Seed, asked.Request, asked.Target);

    private sealed record Copy(OpenPart Part, MaskedRow Row, double Weight);

    private sealed record SharedRow(MaskedRow Row, IReadOnlyList<Copy> Copies);

    private sealed class OpenPart(EncodedRequest asked, int[] text)
    {
        public EncodedRequest Asked => asked;

        public int[] Text => text;

        public int Copies { get; set; }

        public double Sum { get; set; }
    }

    private sealed class Sibling : IEqualityComparer<EncodedRequest>
    {
        public bool Equals(EncodedRequest? x, EncodedRequest? y) => x!.Target.Length == y!.Target.Length && x.Context.AsSpan().SequenceEqual(y.Context);

        public int GetHashCode(EncodedRequest part) => HashCode.Combine(part.Target.Length, TokenHash.Of(part.Context));
    }
}
