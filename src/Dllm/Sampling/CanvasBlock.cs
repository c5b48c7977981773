namespace Dllm.Sampling;

/// <summary>A block of one row, in columns.</summary>
/// <param name="CandidatesStart">The first column whose mask may be filled while this block is the current one.</param>
/// <param name="Start">The first column of the block: masks from here to <paramref name="End"/> set the number of tokens to fill.</param>
/// <param name="End">The column behind the block, for both.</param>
internal readonly record struct CanvasBlock(int CandidatesStart, int Start, int End)
{
    /// <summary>The columns that a block takes up in any row.</summary>
    public static Columns Span(CanvasBlock[] rows) => new(rows.Min(row => row.Start), rows.Max(row => row.End));
}

/// <summary>A place on the canvas.</summary>
internal readonly record struct CanvasCell(int Row, int Position);
