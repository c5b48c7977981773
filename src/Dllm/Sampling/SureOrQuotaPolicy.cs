namespace Dllm.Sampling;

/// <summary>
/// Commits every proposal surer than a threshold where they are as many as the quota, otherwise the surest, as many as the quota
/// (LLaDA2).
/// </summary>
/// <param name="threshold">The confidence to be exceeded.</param>
/// <param name="quota">How many tokens a step commits at least; null: what the row's plan says.</param>
internal sealed class SureOrQuotaPolicy(double threshold, int? quota = null) : IUnmaskingPolicy
{
    /// <summary>
    /// Whether masks that are left behind the plan, because masks were proposed or another block was filled in their place, are filled
    /// with the plan's last quota, and every step commits something; else they stay.
    /// </summary>
    public bool GoesOn { get; init; }

    public bool IsDone(RowProgress row) => row.Masks == 0 || (quota is null && !GoesOn && row.Steps >= row.Plan.Length);

    public int[] Choose(RowProposals row)
    {
        int[] sure = [.. Enumerable.Range(0, row.Cells.Length).Where(i => row.Confidences[i] > (float)threshold)];
        var least = quota ?? Quota(row.Progress);
        return sure.Length >= least ? sure : PositionSelection.Best(row.Cells, row.Confidences, least, row.Ties);
    }

    private int Quota(RowProgress row) => !GoesOn ? row.Quota : Math.Max(row.Steps < row.Plan.Length ? row.Quota : row.Plan[^1], 1);
}
