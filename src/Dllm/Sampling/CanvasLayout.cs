namespace Dllm.Sampling;

/// <summary>How rows of unequal length lie beside each other on a canvas. Every sampler names the one it works on.</summary>
public sealed record CanvasLayout
{
    private CanvasLayout(bool padsInFront, int blockSize, bool wholeBlocks)
    {
        (PadsInFront, BlockSize, WholeBlocks) = (padsInFront, blockSize, wholeBlocks);
    }

    /// <summary>Rows begin in column 0, and padding follows shorter ones (MDLM, LLaDA).</summary>
    public static CanvasLayout Left { get; } = new(padsInFront: false, 1, wholeBlocks: false);

    /// <summary>Rows end in the last column, and padding stands in front of shorter ones (Dream).</summary>
    public static CanvasLayout Right { get; } = new(padsInFront: true, 1, wholeBlocks: false);

    /// <summary>Whether padding stands in front of shorter rows.</summary>
    internal bool PadsInFront { get; }

    /// <summary>The columns of a block; 1 where blocks do not matter to where rows lie.</summary>
    internal int BlockSize { get; }

    /// <summary>Whether rows are moved by whole blocks only, and end with a whole block.</summary>
    internal bool WholeBlocks { get; }

    /// <summary>
    /// Prompts end together, in front of a block boundary, and padding stands in front of them (BD3LM): a block of the canvas may hold
    /// padding and the beginning of a prompt.
    /// </summary>
    /// <param name="blockSize">The columns of a block, at least 1.</param>
    public static CanvasLayout PromptsBeforeBlocks(int blockSize) => new(padsInFront: true, blockSize, wholeBlocks: false);

    /// <summary>
    /// Every row keeps its own blocks, counted from its own first token, and whole blocks of padding in front bring the first blocks
    /// with something to fill to the same columns (LLaDA2). The masks behind a prompt are rounded up to a whole block.
    /// </summary>
    /// <param name="blockSize">The columns of a block, at least 1.</param>
    public static CanvasLayout RowsInBlocks(int blockSize) => new(padsInFront: true, blockSize, wholeBlocks: true);

    /// <summary>The padding in front of each row, and the columns of the canvas.</summary>
    /// <param name="prompts">By row: the tokens in front of the first block to fill.</param>
    /// <param name="lengths">By row: all tokens, masks included.</param>
    internal (int[] Offsets, int Width) Place(int[] prompts, int[] lengths)
    {
        if (!PadsInFront) return (new int[lengths.Length], lengths.Max());
        var reach = WholeBlocks ? prompts.Max() / BlockSize * BlockSize : RoundUp(prompts.Max());
        int[] offsets = [.. prompts.Select(prompt => reach - (WholeBlocks ? prompt / BlockSize * BlockSize : prompt))];
        return (offsets, lengths.Zip(offsets, (length, offset) => length + offset).Max());
    }

    /// <summary>The tokens of a row of a completion, rounded up where rows end with a whole block.</summary>
    internal int CompletedLength(int tokens) => WholeBlocks ? RoundUp(tokens) : tokens;

    private int RoundUp(int tokens) => (tokens + BlockSize - 1) / BlockSize * BlockSize;
}
