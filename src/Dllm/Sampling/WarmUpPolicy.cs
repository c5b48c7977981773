namespace Dllm.Sampling;

/// <summary>
/// The first step of a block commits its leftmost mask, later ones what another policy says (Dream with a cache): the step that fills
/// the cache is the only one that reads what stands left of the block, and a shifted model predicts the first token from there.
/// </summary>
/// <param name="inner">Chooses in the later steps.</param>
internal sealed class WarmUpPolicy(IUnmaskingPolicy inner) : IUnmaskingPolicy
{
    /// <summary>Whether there is a step behind the first one even if that has filled the block, as in the original.</summary>
    public bool AlwaysGoesOn { get; init; }

    public bool IsDone(RowProgress row) => row.Steps == 0 ? row.Masks == 0 : !(AlwaysGoesOn && row.Steps == 1) && inner.IsDone(row);

    public bool IsIdle(RowProgress row) => row.Steps > 0 && inner.IsIdle(row);

    public int[] Choose(RowProposals row) => row.Progress.Steps > 0 ? inner.Choose(row) : row.Cells.Length > 0 ? [0] : [];
}
