namespace Dllm.Sampling;

/// <summary>When rows stop before the end of the canvas: the steps that they would have taken are saved.</summary>
internal sealed class EndOfText
{
    private readonly IReadOnlyList<int> _ends;
    private readonly int[] _pieces;
    private readonly Rule _rule;

    private EndOfText(IReadOnlyList<int> ends, Rule rule, IReadOnlyList<int>? pieces = null)
    {
        (_ends, _pieces) = (ends, [.. pieces ?? []]);
        _rule = ends.Count + _pieces.Length == 0 ? Rule.Never : rule;
    }

    private enum Rule
    {
        Never,
        ByRow,
        AfterBlock,
        InBlock,
    }

    /// <summary>Rows never stop.</summary>
    public static EndOfText Never { get; } = new([], Rule.Never);

    /// <summary>
    /// A row stops as soon as an end token is written and no mask is left in front of it; padding takes the place of the masks behind.
    /// </summary>
    /// <param name="endTokenIds">The tokens each of which is an end.</param>
    /// <param name="pieces">Tokens that are one together; null or empty for none.</param>
    public static EndOfText ByRow(IReadOnlyList<int> endTokenIds, IReadOnlyList<int>? pieces = null) => new(endTokenIds, Rule.ByRow, pieces);

    /// <summary>
    /// As the original's BD3LM and LLaDA2.1: all rows stop behind the block in which the last of them wrote an end token; later masks
    /// stay.
    /// </summary>
    public static EndOfText ForAllAfterBlock(IReadOnlyList<int> endTokenIds) => new(endTokenIds, Rule.AfterBlock);

    /// <summary>
    /// As the original's LLaDA2: the step that leaves an end token in the block of any row is the last of the block, for all rows; its
    /// masks stay.
    /// </summary>
    public static EndOfText ForBlock(IReadOnlyList<int> endTokenIds) => new(endTokenIds, Rule.InBlock);

    /// <summary>Whether no further block is to be filled.</summary>
    public bool StopsBefore(Canvas canvas) =>
        _rule == Rule.AfterBlock && Enumerable.Range(0, canvas.Rows).All(row => FindEnd(canvas, row) is not null);

    /// <summary>Whether the current block is left at once.</summary>
    public bool LeavesBlock(Canvas canvas, CanvasBlock[] block) => _rule == Rule.InBlock
        && Enumerable.Range(0, canvas.Rows).Any(row => canvas.Row(row)[block[row].Start..block[row].End].IndexOfAny([.. _ends]) >= 0);

    /// <summary>
    /// Puts padding in place of the masks behind the text of rows that have come to its end, or the end token again where the mask is what pads;
    /// returns what it put.
    /// </summary>
    /// <param name="canvas">The canvas.</param>
    /// <param name="isSettled">Whether what a row has written so far stays as it is.</param>
    public IReadOnlyList<CanvasChange> FillStoppedRows(Canvas canvas, Func<int, bool> isSettled)
    {
        if (_rule != Rule.ByRow) return [];
        var rest = new List<CanvasChange>();
        for (var row = 0; row < canvas.Rows; row++)
        {
            if (!isSettled(row) || FindEnd(canvas, row) is not int end) continue;
            if (canvas.CountMasks(row, 0, end) > 0) continue;
            var filler = canvas.PaddingTokenId == canvas.MaskTokenId ? canvas.Row(row)[end] : canvas.PaddingTokenId;
            for (var position = end + 1; position < canvas.EndColumn(row); position++)
            {
                if (canvas.IsMask(row, position))
                    rest.Add(new CanvasChange(row, position, filler, Confidence: float.NaN)); // no model wrote it
            }
        }

        canvas.Apply(rest);
        return rest;
    }

    // The column of the first end token that was written, not given; of several that are one together, the last.
    private int? FindEnd(Canvas canvas, int row)
    {
        for (var position = canvas.FirstColumn(row); position < canvas.EndColumn(row); position++)
        {
            if (canvas.IsGiven(row, position)) continue;
            if (_ends.Contains(canvas.Row(row)[position])) return position;
            if (_pieces.Length > 0 && canvas.Row(row)[position..canvas.EndColumn(row)].StartsWith(_pieces)) return position + _pieces.Length - 1;
        }

        return null;
    }
}
