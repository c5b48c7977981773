using static TorchSharp.torch;

namespace Dllm.Data;

/// <summary>Stacks rows of unequal length into one tensor.</summary>
public static class PaddedRows
{
    /// <summary>Pads on the right with <paramref name="value"/> up to the longest row.</summary>
    /// <param name="rows">B rows; none gives a tensor of shape [0, 0].</param>
    /// <param name="value">What stands where a row has ended.</param>
    /// <returns>[B, T] int64 on the CPU.</returns>
    public static Tensor Right(IReadOnlyList<int[]> rows, long value)
    {
        var columns = rows.Count == 0 ? 0 : rows.Max(row => row.Length);
        var padded = new long[rows.Count * columns];
        Array.Fill(padded, value);
        for (var r = 0; r < rows.Count; r++)
        {
            for (var c = 0; c < rows[r].Length; c++)
            {
                padded[(r * columns) + c] = rows[r][c];
            }
        }

        return tensor(padded, rows.Count, columns); // [B, T]
    }

    /// <summary>1 where a row has a token and 0 where <see cref="Right"/> pads it.</summary>
    /// <returns>[B, T] int64 on the CPU.</returns>
    public static Tensor Mask(IReadOnlyList<int[]> rows)
        => Right(rows.Select(row => Enumerable.Repeat(1, row.Length).ToArray()).ToArray(), 0);
}
