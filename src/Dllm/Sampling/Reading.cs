using Dllm.Layers;

namespace Dllm.Sampling;

/// <summary>What a step has a denoiser read: a part of a canvas, of which some cells are predicted.</summary>
/// <param name="Reader">Who reads.</param>
/// <param name="Canvas">The canvas.</param>
/// <param name="Rows">The rows to read, ascending.</param>
/// <param name="Columns">The columns to read.</param>
/// <param name="Cells">The cells, all of them in what is read.</param>
/// <param name="Cache">Keys and values of other columns, of the same rows; null where all that is seen is read.</param>
internal sealed record Reading(
    CanvasReader Reader, Canvas Canvas, int[] Rows, Columns Columns, CanvasCell[] Cells, KvCache? Cache = null);
