using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>A step of a <see cref="DenoisingLoop"/> that waits for its forward: managed data only.</summary>
/// <param name="Canvas">The canvas.</param>
/// <param name="Block">What is being filled, by row.</param>
/// <param name="Rows">How far each row has come.</param>
/// <param name="Active">By row, whether it has something to do in the block.</param>
/// <param name="Number">The step, counted from 1.</param>
/// <param name="BlockIndex">The block, counted from 0.</param>
/// <param name="StepsBehind">The steps that are expected of the blocks behind.</param>
internal sealed record DenoisingStep(
    Canvas Canvas, CanvasBlock[] Block, RowProgress[] Rows, bool[] Active, int Number, int BlockIndex, int StepsBehind)
{
    /// <summary>The block by whose masks rows are done; <see cref="Block"/> may reach into those behind it.</summary>
    public required CanvasBlock[] Own { get; init; }
}

/// <summary>What a step wants of its forward, and what was drawn in front of it.</summary>
/// <param name="Cells">The cells to predict, by row, then column; there may be none.</param>
/// <param name="Region">The columns among which equals are told apart.</param>
/// <param name="Noise">Noise for the cells; lives in the step's dispose scope.</param>
/// <param name="Scores">By cell, the random score by which it was chosen; null where cells are chosen by their logits.</param>
internal sealed record StepDemand(CanvasCell[] Cells, Columns Region, DrawnNoise? Noise, float[]? Scores);

/// <summary>Noise, and which of its rows belong to the cells in question.</summary>
/// <param name="Values">[cells drawn for, V].</param>
/// <param name="Rows">One index a cell.</param>
internal sealed record DrawnNoise(Tensor Values, long[] Rows)
{
    /// <summary>The noise of a part of the cells.</summary>
    public DrawnNoise Only(int[] cells) => this with { Rows = Array.ConvertAll(cells, i => Rows[i]) };
}
