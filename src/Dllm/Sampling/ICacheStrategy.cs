using static TorchSharp.torch;

namespace Dllm.Sampling;

// N cells asked for, V vocabulary.

/// <summary>
/// What is computed anew at a step to predict cells of the canvas, and what is kept from earlier steps. One instance serves one run over
/// one canvas, in its order of blocks and steps; disposing it frees what it keeps.
/// </summary>
internal interface ICacheStrategy : IDisposable
{
    /// <summary>
    /// The columns that the next prediction reads, where only the block given may be committed: what the original draws noise for.
    /// </summary>
    Columns Reads(Canvas canvas, CanvasBlock[] block);

    /// <summary>
    /// Logits of the cells: [N, V]; the caller owns them. Call it in a dispose scope and without gradients.
    /// </summary>
    /// <param name="canvas">The canvas as it is now.</param>
    /// <param name="block">The block being filled, by row.</param>
    /// <param name="cells">Cells of the block, by row, then column; rows without a cell may be left out of the forward.</param>
    Tensor Predict(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells);

    /// <summary>The block given is done: what was kept for it alone goes.</summary>
    void EndBlock(Canvas canvas, CanvasBlock[] block);
}
