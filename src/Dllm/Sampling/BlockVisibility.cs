using static TorchSharp.torch;

namespace Dllm.Sampling;

// b rows of a step, Q columns read, K columns seen.

/// <summary>
/// Tokens see those of their own block of columns and of the blocks before it; nobody sees padding, and padding sees nothing. Positions
/// count a row's tokens.
/// </summary>
/// <param name="blockSize">The columns of a block.</param>
/// <param name="hidesWrittenPadding">
/// Whether padding ids that were written in front of the last block read are padding (BD3LM) and do not count as positions; else only
/// the padding around a row is.
/// </param>
/// <param name="hidesGivenPadding">Whether those that were given are too, as in the original.</param>
internal sealed class BlockVisibility(int blockSize, bool hidesWrittenPadding = false, bool hidesGivenPadding = false) : IVisibility
{
    public Tensor Mask(Canvas canvas, int[] rows, Columns read, int seen)
    {
        var mask = new bool[rows.Length * read.Count * seen];
        for (var i = 0; i < rows.Length; i++)
        {
            var isToken = Tokens(canvas, rows[i], read, seen);
            for (var query = read.Start; query < read.End; query++)
            {
                if (!isToken[query]) continue;
                var end = Math.Min((query / blockSize + 1) * blockSize, seen);
                Array.Copy(isToken, 0, mask, (i * read.Count + query - read.Start) * seen, end);
            }
        }

        return tensor(mask).view(rows.Length, 1, read.Count, seen); // [b, 1, Q, K]
    }

    public Tensor Positions(Canvas canvas, int[] rows, Columns read)
    {
        var positions = new long[rows.Length * read.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            var isToken = Tokens(canvas, rows[i], read, read.End);
            var before = 0;
            for (var column = 0; column < read.End; column++)
            {
                if (!isToken[column]) continue;
                if (column >= read.Start) positions[i * read.Count + column - read.Start] = before;
                before++;
            }
        }

        return tensor(positions).view(rows.Length, read.Count); // [b, Q]
    }

    private bool IsHidden(Canvas canvas, int row, int column) =>
        canvas.Row(row)[column] == canvas.PaddingTokenId && (canvas.IsGiven(row, column) ? hidesGivenPadding : hidesWrittenPadding);

    private bool[] Tokens(Canvas canvas, int row, Columns read, int seen)
    {
        // What stands in the block being filled was a mask when its visibility was settled, padding id or not.
        var settled = (read.End - 1) / blockSize * blockSize;
        var isToken = new bool[seen];
        for (var column = 0; column < seen; column++)
            isToken[column] = canvas.IsToken(row, column) && (column >= settled || !IsHidden(canvas, row, column));
        return isToken;
    }
}
