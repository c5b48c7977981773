namespace Dllm.Sampling;

/// <summary>
/// Commits every proposal surer than a threshold where they are as many as the quota, otherwise the surest, as many as the quota
/// (LLaDA2).
/// </summary>
/// <param name="threshold">The confidence to be exceeded.</param>
/// <param name="quota">How many tokens a step commits at least; null: what the row's plan says.</param>
internal sealed class SureOrQuotaPolicy(double threshold, int? quota = null) : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Masks == 0 || (quota is null && row.Steps >= row.Plan.Length);

    public int[] Choose(RowProposals row)
    {
        int[] sure = [.. Enumerable.Range(0, row.Cells.Length).Where(i => row.Confidences[i] > (float)threshold)];
        var least = quota ?? row.Progress.Quota;
        return sure.Length >= least ? sure : PositionSelection.Best(row.Cells, row.Confidences, least, row.Ties);
    }
}
