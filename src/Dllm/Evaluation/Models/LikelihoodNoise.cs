using static TorchSharp.torch;

namespace Dllm.Evaluation;

// B rows, T tokens of a sequence, L of them its target.

/// <summary>The noise of Monte-Carlo likelihoods: which tokens of each of some copies of a sequence are masked, and how probable that was.</summary>
/// <param name="IsMasked">[B, T], bool.</param>
/// <param name="Probability">By row, the probability with which a token was masked: [B], float32, above 0.</param>
public sealed record LikelihoodNoise(Tensor IsMasked, Tensor Probability)
{
    /// <summary>
    /// Masks an exact number of the target's tokens in each row. The numbers are spread evenly over 1 to L from a random start, so that
    /// they are stratified over the rows (the original's estimator, after LLaDA).
    /// </summary>
    /// <param name="rows">B, at least 1.</param>
    /// <param name="prefix">Tokens in front of the target, never masked.</param>
    /// <param name="target">L, at least 1.</param>
    /// <param name="generator">Drawn from: a number, then a permutation a row.</param>
    public static LikelihoodNoise Stratified(int rows, int prefix, int target, Generator generator)
    {
        using var scope = NewDisposeScope();
        long first = randint(1, target + 1, [1], int64, generator: generator).item<long>();
        var spread = linspace(first, first + ((rows - 1) * (target / (double)rows)), rows, float32).round().to(int64); // [B]
        var counts = (spread - 1).remainder(target) + 1; // [B], from 1 to L
        var some = arange(target).unsqueeze(0) < counts.unsqueeze(1); // [B, L]
        Tensor[] shuffled = [.. Enumerable.Range(0, rows).Select(row => some[row].index_select(0, randperm(target, int64, generator: generator)))];
        var masked = cat([zeros([rows, prefix], @bool), stack(shuffled)], 1); // [B, T]
        return new(masked.MoveToOuterDisposeScope(), (counts.to(float32) / target).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Masks each token with a probability that is antithetic over the rows: evenly spread over (eps, 1] from a random start (the
    /// original's estimator for Dream). The first and the last token of the sequence stay.
    /// </summary>
    /// <param name="rows">B, at least 1.</param>
    /// <param name="tokens">T.</param>
    /// <param name="eps">The least probability, in (0, 1).</param>
    /// <param name="generator">Drawn from: a number, then one a token.</param>
    public static LikelihoodNoise Antithetic(int rows, int tokens, double eps, Generator generator)
    {
        using var scope = NewDisposeScope();
        var start = rand([1], float32, generator: generator);
        var times = (start + arange(rows).to(float32) / rows).remainder(1); // [B]
        var probability = (1 - eps) * times + eps;
        var masked = rand([rows, tokens], float32, generator: generator) < probability.unsqueeze(1); // [B, T]
        masked[.., 0] = false;
        masked[.., tokens - 1] = false;
        return new(masked.MoveToOuterDisposeScope(), probability.MoveToOuterDisposeScope());
    }
}
