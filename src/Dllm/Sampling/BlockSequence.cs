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

    /// <summary>Whether tokens are masked again, so that rows have more to fill than their plans say.</summary>
    public bool Refills { get; init; }

    /// <summary>
    /// The share of a block's tokens from which on a row goes on to the next block while this one is not done, in (0, 1]; null: never.
    /// </summary>
    public double? AddThreshold { get; init; }

    /// <summary>
    /// Whether plans do not say what a step commits, but only how many steps there are: for every row as many as the longest plan has.
    /// </summary>
    public bool PlansBoundSteps { get; init; }

    /// <summary>The number of blocks.</summary>
    public int Count => count;

    /// <summary>Where a block lies, by row.</summary>
    public CanvasBlock[] At(Canvas canvas, int block) => at(canvas, block);

    /// <summary>
    /// What each row fills in a step: its block, and those behind it as far as each one in front is decided to the threshold. At 1 that is
    /// the block alone.
    /// </summary>
    /// <param name="canvas">The canvas as it is now.</param>
    /// <param name="places">By row, the number of its block.</param>
    /// <param name="own">Where that lies, by row.</param>
    /// <param name="active">By row, whether its block is not done.</param>
    public CanvasBlock[] Window(Canvas canvas, int[] places, CanvasBlock[] own, bool[] active)
    {
        if (AddThreshold is not double threshold) return own;
        var window = (CanvasBlock[])own.Clone();
        for (var row = 0; row < window.Length; row++)
        {
            var last = own[row];
            for (var next = places[row] + 1; active[row] && next < Count; next++)
            {
                var length = last.End - last.Start;
                if (length == 0 || 1 - (canvas.CountMasks(row, last) / (double)length) < threshold) break;
                last = At(canvas, next)[row];
                window[row] = window[row] with { End = last.End };
            }
        }

        return window;
    }

    /// <summary>Where every row stands when a block begins.</summary>
    public RowProgress[] Begin(Canvas canvas, CanvasBlock[] block)
    {
        RowProgress[] rows = [.. block.Select((own, row) => Begin(canvas, row, own))];
        if (!PlansBoundSteps) return rows;
        var longest = rows.Max(row => row.Plan.Length);
        return Array.ConvertAll(rows, row => new RowProgress(row.Masks) { MaxSteps = longest });
    }

    /// <summary>Where a row stands when its block begins.</summary>
    public RowProgress Begin(Canvas canvas, int row, CanvasBlock block)
    {
        var masks = canvas.CountMasks(row, block);
        return new RowProgress(masks) { Plan = Plan(masks), Refills = Refills };
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
