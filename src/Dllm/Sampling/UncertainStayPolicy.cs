namespace Dllm.Sampling;

/// <summary>Keeps the least sure positions masked and commits all others, as many as the plan says (RND1); done when it is through.</summary>
internal sealed class UncertainStayPolicy : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Steps >= row.Plan.Length;

    public bool IsIdle(RowProgress row) => row.Quota == 0;

    public int[] Choose(RowProposals row)
    {
        // Of equals the library's topk tells which stay, so it is they that are looked for.
        var doubts = Array.ConvertAll(row.Confidences, confidence => -confidence);
        var stay = PositionSelection.Best(row.Cells, doubts, row.Cells.Length - row.Progress.Quota, row.Ties);
        return [.. Enumerable.Range(0, row.Cells.Length).Except(stay)];
    }
}
