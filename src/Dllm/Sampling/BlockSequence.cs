namespace Dllm.Sampling;

/// <summary>The blocks of a run: where each lies in each row, and by which plan its masks are filled.</summary>
/// <param name="at">Where a block lies, by row.</param>
/// <param name="count">The number of blocks.</param>
internal sealed class BlockSequence(int count, Func<Canvas, int, CanvasBlock[]> at)
{
    /// <summary>Makes the plan of a row from the masks of a block: the tokens to commit, step by step.</summary>
    public Func<int, int[]> Plan { get; init; } = _ => [];

    /// <summary>The same without draws, to tell how many steps are to be expected.</summary>
    public Func<int, int[]>? ExpectedPlan { get; init; }

    /// <summary>The number of blocks.</summary>
    public int Count => count;

    /// <summary>Where a block lies, by row.</summary>
    public CanvasBlock[] At(Canvas canvas, int block) => at(canvas, block);

    /// <summary>Where every row stands when a block begins.</summary>
    public RowProgress[] Begin(Canvas canvas, CanvasBlock[] block)
    {
        var rows = new RowProgress[canvas.Rows];
        for (var row = 0; row < rows.Length; row++)
        {
            var masks = canvas.CountMasks(row, block[row]);
            rows[row] = new RowProgress(masks) { Plan = Plan(masks) };
        }

        return rows;
    }

    /// <summary>
    /// The steps still to come in the current block: those of the plans, or the most there can be where every step commits a token.
    /// </summary>
    public static int StepsLeft(RowProgress[] rows, IUnmaskingPolicy policy) => rows.Max(row =>
        row.IsDone(policy) ? 0 : row.Plan.Length > row.Steps ? row.Plan.Length - row.Steps : Math.Max(row.Masks, 1));

    /// <summary>The steps that all blocks behind one will take; where the plans are drawn, or there are none, a forecast.</summary>
    public int StepsBehind(Canvas canvas, int block)
    {
        var steps = 0;
        for (var later = block + 1; later < Count; later++)
        {
            var ranges = At(canvas, later);
            steps += Enumerable.Range(0, canvas.Rows).Max(row =>
            {
                var masks = canvas.CountMasks(row, ranges[row]);
                return masks == 0 || ExpectedPlan is null ? masks : ExpectedPlan(masks).Length;
            });
        }

        return steps;
    }
}
