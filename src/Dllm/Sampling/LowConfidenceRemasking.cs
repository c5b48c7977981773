namespace Dllm.Sampling;

/// <summary>
/// Masks again what was written with little confidence, so that it is written anew with more around it: ReMDM (Wang et al.,
/// arXiv:2503.00307) with its capped share, the tokens to mask again being the least sure when they were written. (The paper draws them with
/// probabilities that fall with that confidence; here nothing is drawn.) Never behind the last step of a block, and never outside it: what
/// reads the block anew at each step, with a cache of other blocks or without, may go with it.
/// </summary>
/// <param name="share">Of the tokens that earlier steps wrote in the block, those masked again in each step, rounded up; in [0, 1).</param>
internal sealed class LowConfidenceRemasking(double share)
{
    private readonly Dictionary<CanvasCell, float> _confidences = [];

    /// <summary>Masking again by an option; null where its share is 0.</summary>
    public static LowConfidenceRemasking? Of(double share) => share > 0 ? new LowConfidenceRemasking(share) : null;

    /// <summary>Takes note of what a step wrote, and tells what to mask again in a row.</summary>
    /// <param name="canvas">With the step's changes.</param>
    /// <param name="block">The row's block.</param>
    /// <param name="row">The row.</param>
    /// <param name="progress">How far the row was in front of the step.</param>
    /// <param name="written">The step's changes.</param>
    public IEnumerable<CanvasChange> Choose(
        Canvas canvas, CanvasBlock block, int row, RowProgress progress, IReadOnlyList<CanvasChange> written)
    {
        CanvasChange[] own = [.. written.Where(change => change.Row == row)];
        foreach (var change in own) _confidences[new CanvasCell(row, change.Position)] = change.Confidence;
        if (progress.Plan.Length > 0 && progress.Steps + 1 >= progress.Plan.Length) return [];
        if (canvas.CountMasks(row, block) == 0) return [];
        CanvasCell[] before =
        [
            .. Enumerable.Range(block.Start, block.End - block.Start).Except(own.Select(change => change.Position))
                .Select(position => new CanvasCell(row, position))
                .Where(cell => !canvas.IsMask(row, cell.Position) && _confidences.ContainsKey(cell)),
        ];
        // Less than what the step wrote: a row that only goes back and forth would stand still.
        int most = Math.Max(own.Length - 1, 0);
        return before.OrderBy(cell => _confidences[cell]).Take(Math.Min((int)Math.Ceiling(share * before.Length), most))
            .Select(cell => new CanvasChange(cell.Row, cell.Position, canvas.MaskTokenId, _confidences[cell]));
    }
}
