namespace Dllm.Sampling;

/// <summary>A row of which tokens were inserted or deleted in a step: its new content in place of all that it held.</summary>
/// <param name="Row">The row of the batch.</param>
/// <param name="Ids">Its tokens after the step, without padding.</param>
/// <param name="Origins">
/// For each of <paramref name="Ids"/>, the place of the token that it was or that it replaced, counted from the row's first token before
/// the step; -1 where it was inserted.
/// </param>
public sealed record RowReplacement(int Row, IReadOnlyList<int> Ids, IReadOnlyList<int> Origins)
{
    /// <summary>How many of <see cref="Ids"/> the step wrote: inserted, or in place of another token.</summary>
    public int Written { get; init; }
}
