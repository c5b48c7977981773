using Dllm.Models;
using Dllm.Tokenization;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

/// <summary>
/// Likelihoods of bidirectional diffusion models by noisy copies: a masked-diffusion model's as <see cref="MaskedLikelihood"/>, Dream's as
/// <see cref="DreamLikelihood"/>, but many requests at once. Copies masked alike are read once, rows of like length share a forward, and
/// logits are computed at masks only; the answers are those of one request at a time, to rounding.
/// </summary>
public sealed class DiffusionLikelihoods : ILikelihoodModel
{
    // Masks alone look alike to a model without absolute positions: rounding shall not choose among them.
    private const double Tie = 1e-6;

    private readonly LikelihoodOptions _options;
    private readonly RequestEncoder _encoder;
    private readonly MaskedRows _rows;
    private readonly Func<EncodedRequest, IReadOnlyList<NoisyCopy>> _noise;
    private readonly bool _isDream;

    private DiffusionLikelihoods(LikelihoodOptions options, RequestEncoder encoder, MaskedRows rows, bool isDream)
    {
        options.Validate();
        (_options, _encoder, _rows, _isDream) = (options, encoder, rows, isDream);
        _noise = asked => isDream
            ? NoisyCopies.Antithetic(asked.Context.Length, asked.Target.Length, options, Seed(asked))
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

    /// <summary>Of Dream, by noisy copies; chains of tokens are <see cref="DreamChains"/>.</summary>
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
        var asked = requests.SelectMany(_encoder.Encode).OrderByDescending(part => part.Length).ThenBy(part => part.Place).ToArray();
        var open = asked.GroupBy(part => part.Place).ToDictionary(parts => parts.Key, parts => new OpenRequest(parts.Count()));
        foreach (int empty in Enumerable.Range(0, requests.Count).Where(place => !open.ContainsKey(place)))
            yield return new(empty, new(0, true)); // a rolling request of an empty text
        foreach (var batch in RowBatches.Of(asked.SelectMany(Copies), copy => copy.Row.Tokens.Length, _options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (copy, loss) in batch.Zip(Losses(batch)))
            {
                var request = open[copy.Asked.Place];
                request.Sum -= copy.Weight * loss;
                if (copy.IsLast && --request.Parts == 0)
                    yield return new(copy.Asked.Place, new(request.Sum, IsGreedy(copy.Asked, cancellationToken)));
            }
        }
    }

    internal static int MaskOf(Tokenizer tokenizer) =>
        tokenizer.SpecialTokens.MaskId ?? throw new DllmException("the tokenizer has no mask token", "use a checkpoint of a diffusion model");

    internal static RequestEncoder DreamEncoder(Tokenizer tokenizer, int maxPositions)
    {
        int end = tokenizer.SpecialTokens.EosId ?? throw new DllmException("the tokenizer has no end-of-sequence token", "declare one");
        return new RequestEncoder(
            tokenizer, (encoder, context, continuation) => EncodedPair.EncodeForDream(encoder, context, continuation, "", end, int.MaxValue),
            maxPositions, null);
    }

    // What has nothing to be masked is one copy without a mask: its request has to be answered too.
    private IEnumerable<Copy> Copies(EncodedRequest asked)
    {
        var copies = _noise(asked);
        int[] sequence = asked.Sequence;
        double scale = _isDream && _options.LogType == LikelihoodPart.Both ? 1.0 / Math.Max(1, sequence.Length) : 1; // as the original: a mean
        if (copies.Count == 0) yield return new Copy(asked, new MaskedRow(sequence, asked.Context.Length, []), 0, true);
        for (int i = 0; i < copies.Count; i++)
            yield return new Copy(asked, new MaskedRow(sequence, asked.Context.Length, copies[i].Masked), copies[i].Weight * scale, i == copies.Count - 1);
    }

    private double[] Losses(IReadOnlyList<Copy> batch) => [.. _rows.CrossEntropies([.. batch.Select(copy => copy.Row)]).Select(losses => losses.Sum())];

    private bool IsGreedy(EncodedRequest asked, CancellationToken cancellationToken)
    {
        if (_isDream || !asked.Request.AsksGreedy || asked.Request.Kind != RequestKind.LogLikelihood) return false;
        int[] ids = asked.Sequence;
        int[] masks = [.. Enumerable.Range(asked.Context.Length, asked.Target.Length)];
        while (masks.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // What is not masked any more is the target's own: the first token written otherwise decides.
            var proposals = _rows.Proposals([new MaskedRow(ids, asked.Context.Length, masks)])[0];
            double most = proposals.Max(proposal => proposal.Probability);
            int best = Array.FindIndex(proposals, proposal => proposal.Probability >= most - Tie); // the first of equals
            if (proposals[best].Token != ids[masks[best]]) return false;
            masks = [.. masks.Where((_, i) => i != best)];
        }

        return true;
    }

    private long Seed(EncodedRequest asked) => RequestSeed.Of(_options.Seed, asked.Request, asked.Target);

    private sealed record Copy(EncodedRequest Asked, MaskedRow Row, double Weight, bool IsLast);

    private sealed class OpenRequest(int parts)
    {
        public int Parts { get; set; } = parts;

        public double Sum { get; set; }
    }
}
