namespace Dllm.Sampling;

/// <summary>Commits the surest proposals, as many as the noise schedule says; done when the plan is through.</summary>
internal sealed class ScheduledPolicy : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Steps >= row.Plan.Length;

    public int[] Choose(RowProposals row) => PositionSelection.Best(row.Cells, row.Confidences, row.Progress.Quota, row.Ties);
}
