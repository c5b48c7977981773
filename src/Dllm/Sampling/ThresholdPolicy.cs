namespace Dllm.Sampling;

/// <summary>
/// Commits every proposal that is sure enough, and at least the surest (Fast-dLLM, arXiv:2505.22618). Where the row has a plan, a step
/// commits at most what the plan has allowed so far (Dream's <c>confidence_threshold</c>).
/// </summary>
/// <param name="threshold">The least confidence.</param>
internal sealed class ThresholdPolicy(double threshold) : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Masks == 0;

    public int[] Choose(RowProposals row)
    {
        var behind = row.Progress.Steps + 1;
        var budget = behind < row.Progress.Plan.Length ? row.Progress.Masks - row.Progress.Plan[behind..].Sum() : row.Progress.Masks;
        var surest = ConfidenceOrder.Descending(row.Confidences);
        var sure = surest.Take(Math.Max(budget, 1)).TakeWhile((index, rank) => rank == 0 || row.Confidences[index] >= (float)threshold);
        return [.. sure.Order()];
    }
}
