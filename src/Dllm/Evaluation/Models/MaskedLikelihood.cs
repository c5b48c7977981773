using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

// B rows, T tokens of a sequence, N masks, V vocabulary.

/// <summary>How the log-likelihood of a masked-diffusion model is estimated.</summary>
public sealed record MonteCarloOptions
{
    /// <summary>Noisy copies in all, a multiple of <see cref="BatchSize"/> (<c>mc_num</c>).</summary>
    public int Samples { get; init; } = 128;

    /// <summary>Copies of one forward, at least 1; the noise is stratified over them.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public void Validate()
    {
        if (BatchSize < 1) throw new DllmException($"the batch size is {BatchSize}, but at least 1 is needed");
        if (Samples < 1 || Samples % BatchSize != 0)
        {
            throw new DllmException(
                $"mc-num is {Samples}, but must be a multiple of the batch size {BatchSize}", $"use {Math.Max(1, Samples / BatchSize) * BatchSize}");
        }
    }
}

/// <summary>
/// Log-likelihoods of a masked-diffusion model: a bound estimated from noisy copies (LLaDA, arXiv:2502.09992), as the original computes
/// it, but with logits at the masks only.
/// </summary>
/// <param name="denoiser">The model; not owned. Should be in evaluation mode.</param>
/// <param name="maskTokenId">Its mask token.</param>
/// <param name="device">Where it computes; null is the CPU.</param>
public sealed class MaskedLikelihood(IDenoiser denoiser, int maskTokenId, Device? device = null)
{
    // Masks alone look alike to a model without absolute positions: rounding shall not choose among them.
    private const float Tie = 1e-6f;

    private readonly Device _device = device ?? CPU;

    /// <summary>Forward passes so far.</summary>
    public long Forwards { get; private set; }

    /// <summary>
    /// An estimate of log p(target | prefix), in nats: minus the mean, over noisy copies, of the cross-entropies at the masks divided by
    /// the masked share. 0 for an empty target.
    /// </summary>
    /// <param name="prefix">What is given; may be empty.</param>
    /// <param name="target">What is asked for.</param>
    /// <param name="options">How many copies.</param>
    /// <param name="generator">Where the noise is drawn from; on the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public double Estimate(IReadOnlyList<int> prefix, IReadOnlyList<int> target, MonteCarloOptions options, Generator generator)
    {
        options.Validate();
        if (target.Count == 0) return 0;
        var losses = new double[options.Samples / options.BatchSize];
        for (var i = 0; i < losses.Length; i++)
        {
            using var scope = NewDisposeScope();
            var noise = LikelihoodNoise.Stratified(options.BatchSize, prefix.Count, target.Count, generator);
            losses[i] = WeightedLoss([.. prefix, .. target], noise);
        }

        return -losses.Average();
    }

    /// <summary>
    /// Whether greedy denoising, the surest token first and one a forward, writes exactly the target. As many forwards as tokens at most:
    /// the first that differs decides. True for an empty target.
    /// </summary>
    public bool IsGreedy(IReadOnlyList<int> prefix, IReadOnlyList<int> target)
    {
        using var noGradients = no_grad();
        var ids = prefix.Select(id => (long)id).Concat(Enumerable.Repeat((long)maskTokenId, target.Count)).ToArray();
        long[] masks = [.. Enumerable.Range(prefix.Count, target.Count)];
        while (masks.Length > 0)
        {
            using var scope = NewDisposeScope();
            var logits = Predict(tensor(ids).unsqueeze(0), tensor(masks)); // [N, V]
            var tokens = logits.argmax(-1); // [N]
            var sure = logits.softmax(-1, float32).gather(-1, tokens.unsqueeze(-1)).squeeze(-1); // [N]
            long best = (sure >= sure.max() - Tie).nonzero()[0].item<long>(); // the first of equals
            long token = tokens[best].item<long>();
            long place = masks[best];
            if (token != target[(int)place - prefix.Count]) return false;
            ids[place] = token;
            masks = [.. masks.Where(position => position != place)];
        }

        return true;
    }

    /// <summary>Cross-entropies at the masks, each divided by the probability of its row's masks; their sum divided by the rows.</summary>
    internal double WeightedLoss(int[] sequence, LikelihoodNoise noise)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var clean = tensor(Array.ConvertAll(sequence, id => (long)id)).expand(noise.IsMasked.shape); // [B, T]
        var places = noise.IsMasked.flatten().nonzero().squeeze(1); // [N]
        if (places.size(0) == 0) return 0;
        var targets = clean.flatten().index_select(0, places); // [N]
        var logits = Predict(clean.masked_fill(noise.IsMasked, maskTokenId), places); // [N, V]
        var losses = nn.functional.cross_entropy(logits.to(float32), targets.to(_device), reduction: nn.Reduction.None).cpu(); // [N]
        var rows = places.div(sequence.Length, RoundingMode.floor); // [N]
        return (losses / noise.Probability.index_select(0, rows)).sum().ToDouble() / noise.IsMasked.size(0);
    }

    /// <summary>Logits at flat positions of some rows: [N, V].</summary>
    internal Tensor Predict(Tensor ids, Tensor positions)
    {
        Forwards++;
        return denoiser.Forward(new DenoiserInput(ids.to(_device), LogitPositions: positions.to(_device)));
    }
}
