namespace Dllm.Sampling;

/// <summary>
/// Commits the surest proposals until no more masks are left than the noise schedule leaves behind the step: what was masked again
/// in between is filled besides, so that a row is done when its plan is.
/// </summary>
internal sealed class RefillPolicy : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Masks == 0 || row.Steps >= row.Plan.Length;

    public int[] Choose(RowProposals row)
    {
        int left = row.Progress.Plan[Math.Min(row.Progress.Steps + 1, row.Progress.Plan.Length)..].Sum();
        return PositionSelection.Best(row.Cells, row.Confidences, Math.Clamp(row.Progress.Masks - left, 0, row.Cells.Length), row.Ties);
    }
}
