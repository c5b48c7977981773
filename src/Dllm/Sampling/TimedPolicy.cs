namespace Dllm.Sampling;

/// <summary>
/// Commits the surest proposals: of the masks left, the share that diffusion from time t to the next time s reveals, 1 - s / t, rounded
/// down, and all of them in the last step (Dream with a cache).
/// </summary>
/// <param name="times">The times of the steps of a block.</param>
internal sealed class TimedPolicy(DiffusionTimes times) : IUnmaskingPolicy
{
    // With masks left at the end the original reads once more, and draws, before it sees that it is through.
    public bool IsDone(RowProgress row) => row.Masks == 0 || row.Steps > times.Steps;

    public bool IsIdle(RowProgress row) => row.Steps >= times.Steps;

    public int[] Choose(RowProposals row)
    {
        var step = row.Progress.Steps;
        var count = step < times.Steps - 1 ? (int)(row.Cells.Length * times.RevealShare(step)) : row.Cells.Length;
        return PositionSelection.Best(row.Cells, row.Confidences, count, row.Ties);
    }
}
