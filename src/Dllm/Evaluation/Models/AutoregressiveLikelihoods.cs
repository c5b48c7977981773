using Dllm.Layers;
using Dllm.Models;
using Dllm.Tokenization;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

// B rows, T tokens of the longest, N targets of all rows, V vocabulary.

/// <summary>
/// Exact likelihoods of an autoregressive model, and whether greedy decoding gives the continuation, as the harness computes them. The
/// beginning that several requests share (the choices of a question) is read once and its keys and values are kept for all of them;
/// logits are computed at targets only.
/// </summary>
public sealed class AutoregressiveLikelihoods : ILikelihoodModel
{
    // A shared beginning shorter than this is not worth a forward of its own.
    private const int LeastShared = 16;

    // Every row of a forward has keys and values of its own, the shared ones too: that is memory.
    private const int ColumnsPerForward = 16384;

    private readonly Denoiser _denoiser;
    private readonly LikelihoodOptions _options;
    private readonly RequestEncoder _encoder;

    /// <summary>Of a model that predicts the next token.</summary>
    /// <param name="denoiser">The model. Not owned.</param>
    /// <param name="tokenizer">Its tokenizer, with a token for the beginning or the end of a text.</param>
    /// <param name="options">How.</param>
    /// <exception cref="DllmException">An option is out of range, or there is no such token.</exception>
    public AutoregressiveLikelihoods(Denoiser denoiser, Tokenizer tokenizer, LikelihoodOptions options)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        int begin = tokenizer.SpecialTokens.BosId ?? tokenizer.SpecialTokens.EosId ?? throw new DllmException(
            "the tokenizer has neither a begin- nor an end-of-sequence token to put in front of a text", "declare one");
        // The last token of a sequence is only predicted, never read.
        (_denoiser, _options, _encoder) = (denoiser, options, new RequestEncoder(tokenizer, EncodedPair.Encode, denoiser.MaxPositions + 1, begin));
    }

    /// <inheritdoc/>
    public long TruncatedContexts => _encoder.Truncated;

    /// <inheritdoc/>
    public IEnumerable<Answered<LikelihoodAnswer>> LogLikelihoods(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var asked = new AskedParts(requests, _encoder, isExact: true);
        foreach (var answer in asked.Certain) yield return answer;
        foreach (var batch in Batches(asked.Parts))
        {
            foreach (var (part, likelihood) in Answer(batch, cancellationToken))
            {
                foreach (var answer in asked.Add(part, likelihood)) yield return answer;
            }
        }
    }

    // Requests with one context belong together where it is long; the others are put together by length.
    private IEnumerable<Batch> Batches(IReadOnlyList<EncodedRequest> asked)
    {
        var alone = new List<EncodedRequest>();
        foreach (var group in asked.GroupBy(part => part.Request.Kind == RequestKind.LogLikelihood ? part.Request.Context : $"\0{part.Place}"))
        {
            EncodedRequest[] parts = [.. group];
            int shared = Shared(parts);
            if (parts.Length > 1 && shared >= LeastShared) yield return new Batch(parts, shared);
            else alone.AddRange(parts);
        }

        var sorted = alone.OrderByDescending(part => part.Length).ThenBy(part => part.Place);
        foreach (var batch in RowBatches.Of(sorted, part => part.Length, _options.BatchSize)) yield return new Batch(batch, 0);
    }

    // The tokens in front that all have, so that each has one more to read before its first target.
    private static int Shared(EncodedRequest[] parts)
    {
        int shared = parts.Min(part => part.Context.Length) - 1;
        return parts.Min(part => part.Context.AsSpan().CommonPrefixLength(parts[0].Context.AsSpan(0, Math.Max(0, shared))));
    }

    private List<(EncodedRequest Part, LikelihoodAnswer Answer)> Answer(Batch batch, CancellationToken cancellationToken)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.Shared == 0) return [.. batch.Parts.Zip(Answer(batch.Parts, 0, null))];
        using var cache = Read(batch);
        var answers = new List<(EncodedRequest, LikelihoodAnswer)>();
        int most = _options.BatchSize ?? Math.Max(1, ColumnsPerForward / batch.Parts.Max(part => part.Length));
        foreach (var parts in batch.Parts.OrderByDescending(part => part.Length).Chunk(most))
        {
            cancellationToken.ThrowIfCancellationRequested();
            cache.SelectRows(new int[parts.Length]); // the first row, for each
            answers.AddRange(parts.Zip(Answer(parts, batch.Shared, cache)));
        }

        return answers;
    }

    // The answers of a forward; the cache, if any, holds the shared columns in front for each.
    private LikelihoodAnswer[] Answer(IReadOnlyList<EncodedRequest> parts, int shared, KvCache? cache)
    {
        using var scope = NewDisposeScope();
        long[][] rows = [.. parts.Select(part => Array.ConvertAll(part.Sequence[shared..^1], id => (long)id))];
        int width = Math.Max(1, rows.Max(row => row.Length));
        // Shorter rows are filled up behind: what comes later is not seen.
        var ids = tensor(rows.SelectMany(row => row.Concat(Enumerable.Repeat(0L, width - row.Length))).ToArray()).view(rows.Length, width); // [B, T]
        long[] places = [.. parts.SelectMany((part, i) => Enumerable
            .Range(part.Context.Length - 1 - shared, part.Target.Length).Select(place => ((long)i * width) + place))];
        long[] targets = [.. parts.SelectMany(part => part.Target.Select(id => (long)id))];
        if (targets.Length == 0) return [.. parts.Select(_ => new LikelihoodAnswer(0, true))];
        var device = _denoiser.Device;
        var logits = _denoiser.Forward(new DenoiserInput(ids.to(device), LogitPositions: tensor(places).to(device), Cache: cache)).to(float32); // [N, V]
        var wanted = tensor(targets).to(device); // [N]
        double[] losses = nn.functional.cross_entropy(logits, wanted, reduction: nn.Reduction.None).to(float64).cpu().data<double>().ToArray();
        bool[] hits = logits.argmax(-1).eq(wanted).cpu().data<bool>().ToArray();
        int first = 0;
        return [.. parts.Select(part =>
        {
            var span = first..(first += part.Target.Length);
            return new LikelihoodAnswer(-losses[span].Sum(), hits[span].All(hit => hit));
        })];
    }

    // The keys and values of the shared beginning, to be seen but not added to.
    private KvCache Read(Batch batch)
    {
        var cache = new KvCache(batch.Parts.Max(part => part.Length));
        long[] shared = Array.ConvertAll(batch.Parts[0].Context[..batch.Shared], id => (long)id);
        var none = zeros([0], int64, _denoiser.Device);
        _denoiser.Forward(new DenoiserInput(tensor(shared).view(1, -1).to(_denoiser.Device), LogitPositions: none, Cache: cache)); // [0, V]
        cache.Write = CacheWrite.Discard;
        return cache;
    }

    private sealed record Batch(IReadOnlyList<EncodedRequest> Parts, int Shared);
}
