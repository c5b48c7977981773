namespace Dllm.Sampling;

/// <summary>
/// The reverse process of masked diffusion itself: every mask is revealed with the chance 1 - s / t of the step from time t to s, whatever
/// its proposal, and the last step reveals all (Dream's <c>origin</c>). The confidences are uniform random numbers here.
/// </summary>
/// <param name="times">The times of the steps.</param>
internal sealed class OriginPolicy(DiffusionTimes times) : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Masks == 0 || row.Steps >= times.Steps;

    public int[] Choose(RowProposals row)
    {
        var step = row.Progress.Steps;
        var share = step < times.Steps - 1 ? times.RevealShare(step) : 1;
        return [.. Enumerable.Range(0, row.Cells.Length).Where(i => row.Confidences[i] < share)];
    }
}
