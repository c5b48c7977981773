namespace Dllm.Sampling;

/// <summary>
/// The first step of a block commits its leftmost mask, later ones what another policy says (Dream with a cache): the step that fills
/// the cache is the only one that reads what stands left of the block, and a shifted model predicts the first token from there.
/// </summary>
/// <param name="inner">Chooses in the later steps.</param>
internal sealed class WarmUpPolicy(IUnmaskingPolicy inner) : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Steps > 0 ? inner.IsDone(row) : row.Masks == 0;

    public int[] Choose(RowProposals row) => row.Progress.Steps > 0 ? inner.Choose(row) : row.Cells.Length > 0 ? [0] : [];
}
