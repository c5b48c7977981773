namespace Dllm.Sampling;

/// <summary>Reads what was written out of a finished row, behind the prompt or in its gaps, up to the first end token.</summary>
/// <remarks>
/// Follows the original's <c>sample_trim</c> and <c>infill_trim</c>, but finds the prompt in a row whose own first tokens look like
/// padding, and reads rows that are padded on the right.
/// </remarks>
public static class ResponseTokens
{
    /// <summary>The tokens behind a prompt, without the end token.</summary>
    /// <param name="sequence">The finished row; it may be padded on either side.</param>
    /// <param name="prompt">The tokens that it began with.</param>
    /// <param name="paddingTokenId">The id of left padding, or null if there is none.</param>
    /// <param name="endTokenIds">The tokens that end a text; none: the whole rest counts.</param>
    public static int[] Completion(
        ReadOnlySpan<int> sequence, ReadOnlySpan<int> prompt, int? paddingTokenId, IReadOnlyCollection<int> endTokenIds)
    {
        var row = WithoutLeftPadding(sequence, prompt, paddingTokenId);
        return UntilEnd(row[Math.Min(prompt.Length, row.Length)..], endTokenIds);
    }

    /// <summary>The tokens written where the prompt had masks, one after the other, without the end token and what follows it.</summary>
    /// <param name="sequence">The finished row; it may be padded on either side.</param>
    /// <param name="prompt">The row before sampling, masks included.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="paddingTokenId">The id of left padding, or null if there is none.</param>
    /// <param name="endTokenIds">The tokens that end a text; none: all gaps count.</param>
    public static int[] Infilling(
        ReadOnlySpan<int> sequence, ReadOnlySpan<int> prompt, int maskTokenId, int? paddingTokenId, IReadOnlyCollection<int> endTokenIds)
    {
        var row = WithoutLeftPadding(sequence, prompt, paddingTokenId, wildcard: maskTokenId);
        var written = new List<int>();
        for (var i = 0; i < Math.Min(prompt.Length, row.Length); i++)
        {
            if (prompt[i] == maskTokenId) written.Add(row[i]);
        }

        return UntilEnd([.. written], endTokenIds);
    }

    /// <summary>The tokens before the first end token.</summary>
    internal static int[] UntilEnd(ReadOnlySpan<int> tokens, IReadOnlyCollection<int> endTokenIds)
    {
        var end = tokens.IndexOfAny([.. endTokenIds]);
        return (end < 0 ? tokens : tokens[..end]).ToArray();
    }

    // As few leading padding tokens as leave the prompt in front; all of them where the prompt is not found.
    private static ReadOnlySpan<int> WithoutLeftPadding(
        ReadOnlySpan<int> sequence, ReadOnlySpan<int> prompt, int? paddingTokenId, int? wildcard = null)
    {
        for (var row = sequence; ; row = row[1..])
        {
            if (StartsWith(row, prompt, wildcard)) return row;
            if (row.IsEmpty || row[0] != paddingTokenId) return row;
        }
    }

    private static bool StartsWith(ReadOnlySpan<int> row, ReadOnlySpan<int> prompt, int? wildcard)
    {
        if (row.Length < prompt.Length) return false;
        for (var i = 0; i < prompt.Length; i++)
        {
            if (row[i] != prompt[i] && prompt[i] != wildcard) return false;
        }

        return true;
    }
}
