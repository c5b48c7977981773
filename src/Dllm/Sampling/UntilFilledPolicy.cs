namespace Dllm.Sampling;

/// <summary>Goes on where another policy stops with masks left in the block: further steps commit every proposal until none is a mask.</summary>
/// <param name="inner">Chooses until it is done.</param>
internal sealed class UntilFilledPolicy(IUnmaskingPolicy inner) : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Masks == 0;

    public int[] Choose(RowProposals row) =>
        inner.IsDone(row.Progress) ? [.. Enumerable.Range(0, row.Cells.Length)] : inner.Choose(row);
}
