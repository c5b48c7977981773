namespace Dllm.Sampling;

/// <summary>
/// Commits the surest proposals, as many as the noise schedule says, and of equals the first (Fast-dLLM's scheduled top-k).
/// </summary>
internal sealed class QuotaPolicy : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => row.Steps >= row.Plan.Length;

    public int[] Choose(RowProposals row) => [.. ConfidenceOrder.Descending(row.Confidences).Take(row.Progress.Quota).Order()];
}
