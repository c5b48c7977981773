namespace Dllm.Sampling;

/// <summary>
/// Commits together as many tokens as depend little on each other: in the order of their entropies, the longest run whose sum of
/// entropies, less the largest, is at most a bound, and at least one token (EB-Sampler, Ben-Hamu et al., arXiv:2505.24857). That
/// difference bounds what is lost by drawing the tokens independently. Confidences are inverse perplexities.
/// </summary>
/// <param name="bound">γ, in nats, at least 0; 0 commits one token, and those whose entropy is 0.</param>
internal sealed class EntropyBoundPolicy(double bound) : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Masks == 0;

    public int[] Choose(RowProposals row)
    {
        var sum = 0.0; // of the entropies in front: less the largest, since they ascend
        var chosen = new List<int>();
        foreach (int index in ConfidenceOrder.Descending(row.Confidences))
        {
            if (chosen.Count > 0 && sum > bound) break;
            chosen.Add(index);
            sum -= Math.Log(Math.Max(row.Confidences[index], float.Epsilon));
        }

        return [.. chosen.Order()];
    }
}
