using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>Every token sees every other one of its row, and nobody sees the padding.</summary>
/// <param name="countsFromFirstToken">
/// Whether positions begin with each row's first token, so that padding in front of it changes nothing (Dream); else they are the
/// columns. Padding in front stands at position 1, as in the original.
/// </param>
/// <param name="hidesFromPadding">
/// Whether padding sees nothing, as in the original's Dream. It matters only to who reads predictions there.
/// </param>
/// <param name="isAlwaysTold">
/// Whether there is a mask, of four dimensions, even where nothing is padding: see <see cref="IDenoiser.NeedsWholeMasks"/>.
/// </param>
/// <param name="firstPosition">
/// The position of a row's first token. Positions other than from 0 are always told: families that have them (RoBERTa) count by
/// themselves the ids that are no padding, so that a padding id that was written would move what is behind it.
/// </param>
internal sealed class PaddingVisibility(
    bool countsFromFirstToken = false, bool hidesFromPadding = false, bool isAlwaysTold = false, int firstPosition = 0) : IVisibility
{
    public Tensor? Mask(Canvas canvas, int[] rows, Columns read, int seen)
    {
        if (!isAlwaysTold && rows.All(row => canvas.FirstColumn(row) == 0 && canvas.EndColumn(row) >= seen)) return null;
        var visible = new bool[rows.Length * seen];
        for (var i = 0; i < visible.Length; i++) visible[i] = canvas.IsToken(rows[i / seen], i % seen);
        var mask = tensor(visible).view(rows.Length, seen); // [b, K]
        if (!hidesFromPadding && !isAlwaysTold) return mask;
        using var scope = NewDisposeScope();
        var readers = mask.narrow(1, read.Start, read.Count).unsqueeze(-1); // [b, Q, 1]
        return (readers & mask.unsqueeze(1)).unsqueeze(1).MoveToOuterDisposeScope(); // [b, 1, Q, K]
    }

    public Tensor? Positions(Canvas canvas, int[] rows, Columns read)
    {
        var areColumns = !countsFromFirstToken || rows.All(row => canvas.FirstColumn(row) == 0 && canvas.EndColumn(row) == canvas.Width);
        if (areColumns && read.Start == 0 && firstPosition == 0) return null;
        var positions = new long[rows.Length * read.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            var (row, column) = (rows[i / read.Count], read.Start + i % read.Count);
            positions[i] = areColumns ? firstPosition + column
                : !canvas.IsToken(row, column) ? 1 : firstPosition + column - canvas.FirstColumn(row);
        }

        return tensor(positions).view(rows.Length, read.Count); // [b, Q]
    }
}
