namespace Dllm.Data;

/// <summary>Cuts one row of a sample (ids, labels or attention mask) to a length, as the original's <c>clip_row</c> functions do.</summary>
public static class RowClipping
{
    /// <summary>Keeps at most <paramref name="maxLength"/> values.</summary>
    /// <param name="row">The row; not changed.</param>
    /// <param name="maxLength">0 or more. As in the original, cutting the left side to 0 keeps everything.</param>
    /// <param name="truncation"><see cref="Truncation.Right"/> or <see cref="Truncation.Left"/>.</param>
    /// <exception cref="DllmException"><paramref name="truncation"/> does not say which side to cut.</exception>
    public static int[] Clip(int[] row, int maxLength, Truncation truncation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        return truncation switch
        {
            Truncation.Right => row[..Math.Min(maxLength, row.Length)],
            Truncation.Left when maxLength > 0 => row[Math.Max(0, row.Length - maxLength)..],
            Truncation.Left => row[..],
            _ => throw new DllmException($"truncation {truncation} does not cut rows", "take Right or Left"),
        };
    }

    /// <summary>Keeps the prompt whole, and as much of the response as then fits into <paramref name="maxLength"/>.</summary>
    /// <param name="row">The row; not changed.</param>
    /// <param name="promptLength">How many leading values are the prompt, 0 or more.</param>
    /// <param name="maxLength">0 or more; a longer prompt stays, without a response (or, cutting the left side, with all of it).</param>
    /// <param name="truncation"><see cref="Truncation.Right"/> or <see cref="Truncation.Left"/>: which end of the response to cut.</param>
    /// <exception cref="DllmException"><paramref name="truncation"/> does not say which side to cut.</exception>
    public static int[] ClipResponse(int[] row, int promptLength, int maxLength, Truncation truncation)
    {
        var prompt = row[..Math.Min(promptLength, row.Length)];
        return [.. prompt, .. Clip(row[prompt.Length..], Math.Max(0, maxLength - prompt.Length), truncation)];
    }
}
