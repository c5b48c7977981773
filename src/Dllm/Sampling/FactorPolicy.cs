namespace Dllm.Sampling;

/// <summary>
/// Commits the surest proposals, the n-th of them while its confidence is at least 1 - factor / (n + 1), and at least the first: the
/// more are committed together, the surer they must be (Fast-dLLM, arXiv:2505.22618).
/// </summary>
/// <param name="factor">Above 0; the larger, the more are committed together.</param>
internal sealed class FactorPolicy(double factor) : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Masks == 0;

    public int[] Choose(RowProposals row)
    {
        var surest = ConfidenceOrder.Descending(row.Confidences);
        // In float32, as the confidences are: proposals at the very limit fall on the same side as in the original.
        var sure = surest.TakeWhile((index, rank) => rank == 0 || row.Confidences[index] >= 1 - (float)factor / (rank + 2f));
        return [.. sure.Order()];
    }
}
