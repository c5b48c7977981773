using Dllm.Layers;
using Dllm.Models;
using Dllm.Tokenization;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

// B noisy copies, L tokens of a block, N masks of all copies, S columns seen, V vocabulary.

/// <summary>
/// Likelihoods of a block-diffusion model (BD3LM, arXiv:2503.09573): the sum over the target's blocks of each block's masked-diffusion
/// bound given the prompt and the clean blocks before it. Within a block tokens see each other, and otherwise what is in front. With
/// blocks of one token it is exact.
/// </summary>
/// <remarks>
/// The original has no likelihood for these models. Each block's noise is that of <see cref="LikelihoodNoise.Stratified"/> over the
/// target's tokens in it; keys and values of what is in front are read once and kept, those of a prompt for all its choices.
/// </remarks>
public sealed class BlockLikelihoods : ILikelihoodModel
{
    // Masks alone look alike to a model without absolute positions: rounding shall not choose among them.
    private const float Tie = 1e-6f;

    // How many requests behind one prompt are answered together at most.
    private const int Siblings = 16;

    private readonly Denoiser _denoiser;
    private readonly BlockDiffusionLayout _layout;
    private readonly int _mask;
    private readonly LikelihoodOptions _options;
    private readonly RequestEncoder _encoder;

    /// <summary>Of a block-diffusion model.</summary>
    /// <param name="denoiser">The model, one that takes whole masks. Not owned.</param>
    /// <param name="tokenizer">Its tokenizer, with a mask token.</param>
    /// <param name="options">How; its block size is the model's.</param>
    /// <param name="layout">Where blocks begin and where logits are.</param>
    /// <exception cref="DllmException">An option is out of range, the model takes no whole masks, or there is no mask token.</exception>
    public BlockLikelihoods(Denoiser denoiser, Tokenizer tokenizer, LikelihoodOptions options, BlockDiffusionLayout layout)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(layout);
        options.Validate();
        if (!denoiser.TakesWholeMasks)
        {
            throw new DllmException(
                $"a model of type {denoiser.GetName()} sees all of a text at once and has no likelihood block after block",
                "leave --sampler out to estimate that of masked diffusion");
        }

        (_denoiser, _options, _layout, _mask) = (denoiser, options, layout, DiffusionLikelihoods.MaskOf(tokenizer));
        int? begin = layout.RightShiftLogits ? tokenizer.SpecialTokens.BosId : null;
        _encoder = new RequestEncoder(tokenizer, EncodedPair.Encode, denoiser.MaxPositions, begin);
    }

    /// <inheritdoc/>
    public long TruncatedContexts => _encoder.Truncated;

    /// <inheritdoc/>
    public IEnumerable<Answered<LikelihoodAnswer>> LogLikelihoods(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var asked = new AskedParts(requests, _encoder, isExact: false);
        foreach (var answer in asked.Certain) yield return answer;
        foreach (var siblings in asked.Parts.GroupBy(part => part.Context, new SameTokens()).SelectMany(group => group.Chunk(Siblings)))
        {
            foreach (var (part, likelihood) in siblings.Zip(Answer(siblings, cancellationToken)))
            {
                foreach (var answer in asked.Add(part, likelihood)) yield return answer;
            }
        }
    }

    // Of requests behind one prompt, whose whole blocks are read once.
    private LikelihoodAnswer[] Answer(EncodedRequest[] siblings, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var cache = new KvCache(siblings.Max(part => part.Length));
        cancellationToken.ThrowIfCancellationRequested();
        int prompt = siblings[0].Context.Length;
        int offset = _layout.BlocksFromStart ? 0 : prompt % _options.BlockSize;
        int given = StartOf(BlockOf(prompt, offset), offset);
        var left = given > 0 ? Keep(cache, siblings[0].Context, 0, given, offset) : null;
        return Array.ConvertAll(siblings, part =>
        {
            cache.Trim(given);
            return Answer(part, cache, given, offset, left, cancellationToken);
        });
    }

    // left is [1, V]: the logits of a shifted model in front of the block.
    private LikelihoodAnswer Answer(EncodedRequest asked, KvCache cache, int given, int offset, Tensor? left, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        int[] sequence = asked.Sequence;
        var (sum, isGreedy) = (0.0, asked.AsksGreedy);
        for (int start = given; start < sequence.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int end = Math.Min(StartOf(BlockOf(start, offset) + 1, offset), sequence.Length);
            int first = Math.Max(asked.Context.Length, start); // of the target in the block
            if (first < end)
            {
                var block = new Block(cache, sequence, start, end, left);
                sum += Bound(block, first, RequestSeed.Of(_options.Seed, asked.Request, sequence.AsSpan(..end)));
                isGreedy = isGreedy && IsGreedy(block, first);
            }

            if (end < sequence.Length) left = Keep(cache, sequence, start, end, offset);
            start = end;
        }

        return new(sum, isGreedy);
    }

    // Blocks are counted from 0; with an offset the first is that short.
    private int BlockOf(int place, int offset) => offset == 0 ? place / _options.BlockSize : place < offset ? 0 : 1 + ((place - offset) / _options.BlockSize);

    private int StartOf(int block, int offset) => block == 0 ? 0 : offset + ((block - (offset == 0 ? 0 : 1)) * _options.BlockSize);

    private double Bound(Block block, int first, long seed)
    {
        double sum = 0;
        var noise = NoisyCopies.Stratified(first - block.Start, block.End - first, _options, seed);
        foreach (var copies in RowBatches.Of(noise, _ => block.End - block.Start, _options.BatchSize))
        {
            using var scope = NewDisposeScope();
            long[] targets = [.. copies.SelectMany(copy => copy.Masked.Select(place => (long)block.Sequence[block.Start + place]))];
            var logits = Read(block, [.. copies.Select(copy => copy.Masked)]).to(float32); // [N, V]
            var losses = nn.functional.cross_entropy(logits, tensor(targets).to(logits.device), reduction: nn.Reduction.None); // [N]
            double[] all = losses.to(float64).cpu().data<double>().ToArray();
            int at = 0;
            foreach (var copy in copies) sum -= copy.Weight * all[at..(at += copy.Masked.Length)].Sum();
        }

        return sum;
    }

    // The surest token of the block first, one a forward; what is written otherwise than the target decides.
    private bool IsGreedy(Block block, int first)
    {
        for (int[] masks = [.. Enumerable.Range(first - block.Start, block.End - first)]; masks.Length > 0;)
        {
            using var scope = NewDisposeScope();
            var (sure, tokens) = Read(block, [masks]).softmax(-1, float32).max(-1); // [N] each
            int best = (int)(sure >= sure.max() - Tie).nonzero()[0].item<long>(); // the first of equals
            if (tokens[best].item<long>() != block.Sequence[block.Start + masks[best]]) return false;
            masks = [.. masks.Where((_, i) => i != best)];
        }

        return true;
    }

    // The logits at the masks of copies of a block, copy after copy: [N, V].
    private Tensor Read(Block block, int[][] masked)
    {
        int length = block.End - block.Start;
        long[] clean = Array.ConvertAll(block.Sequence[block.Start..block.End], id => (long)id);
        var ids = new long[masked.Length * length];
        var places = new List<long>();
        var isLeft = new List<bool>();
        for (int row = 0; row < masked.Length; row++)
        {
            clean.CopyTo(ids, row * length);
            foreach (int place in masked[row])
            {
                ids[(row * length) + place] = _mask;
                isLeft.Add(_layout.RightShiftLogits && place == 0 && block.Left is not null);
                places.Add((row * length) + Math.Max(0, _layout.RightShiftLogits ? place - 1 : place));
            }
        }

        block.Cache.SelectRows(new int[masked.Length]);
        block.Cache.Write = CacheWrite.Discard;
        var seen = ones([masked.Length, 1, length, block.Start + length], @bool); // [B, 1, L, S]
        var logits = Forward(block.Cache, tensor(ids).view(masked.Length, length), tensor(places.ToArray()), seen);
        block.Cache.SelectRows([0]);
        return isLeft.Contains(true) ? where(tensor(isLeft.ToArray()).unsqueeze(1).to(logits.device), block.Left!, logits) : logits;
    }

    // Reads clean blocks for good; returns a shifted model's logits at their last token.
    private Tensor? Keep(KvCache cache, int[] sequence, int start, int end, int offset)
    {
        using var scope = NewDisposeScope();
        cache.Write = CacheWrite.Append;
        var blocks = tensor(Array.ConvertAll([.. Enumerable.Range(0, end)], place => BlockOf(place, offset))); // [S]
        var seen = blocks.unsqueeze(0) <= blocks[start..].unsqueeze(1); // [T, S]
        long[] places = _layout.RightShiftLogits ? [end - start - 1] : [];
        var ids = tensor(Array.ConvertAll(sequence[start..end], id => (long)id)).view(1, -1); // [1, T]
        var logits = Forward(cache, ids, tensor(places), seen.view(1, 1, end - start, end)); // [0 or 1, V]
        return _layout.RightShiftLogits ? logits.MoveToOuterDisposeScope() : null;
    }

    private Tensor Forward(KvCache cache, Tensor ids, Tensor places, Tensor seen)
    {
        long rows = ids.size(0), tokens = ids.size(1);
        var positions = (arange(tokens) + cache.Length).unsqueeze(0).expand(rows, tokens); // [B, L]
        var device = _denoiser.Device;
        return _denoiser.Forward(new DenoiserInput(ids.to(device), seen.to(device), positions.to(device), places.to(device), Cache: cache));
    }

    private sealed record Block(KvCache Cache, int[] Sequence, int Start, int End, Tensor? Left);
}

/// <summary>Where the blocks of a block-diffusion model begin, and where its logits are.</summary>
/// <param name="BlocksFromStart">
/// Whether blocks are counted from the first token of a text (LLaDA2), so that the end of a prompt stands in the first block that is
/// written; else from behind the prompt (BD3LM).
/// </param>
/// <param name="RightShiftLogits">Whether the model predicts one place to the left.</param>
public sealed record BlockDiffusionLayout(bool BlocksFromStart, bool RightShiftLogits);
