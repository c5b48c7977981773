namespace Dllm.Evaluation;

/// <summary>Puts rows of like length together, so that forwards are full and padding is little.</summary>
internal static class RowBatches
{
    // A forward of this many tokens keeps a processor busy; more of them take as much longer and more memory.
    private const int TokensPerForward = 2048;

    // Rows shorter than this share of the longest go into a forward of their own.
    private const double LeastShare = 0.75;

    /// <summary>Cuts rows, longest first, into batches.</summary>
    /// <param name="rows">The rows, longest first.</param>
    /// <param name="length">A row's tokens.</param>
    /// <param name="batchSize">Rows of a batch; null for as many as suit their length.</param>
    public static IEnumerable<IReadOnlyList<T>> Of<T>(IEnumerable<T> rows, Func<T, int> length, int? batchSize)
    {
        var batch = new List<T>();
        foreach (var row in rows)
        {
            if (batch.Count > 0)
            {
                int longest = Math.Max(1, length(batch[0]));
                int most = batchSize ?? Math.Max(1, TokensPerForward / longest);
                if (batch.Count >= most || length(row) < LeastShare * longest)
                {
                    yield return batch;
                    batch = [];
                }
            }

            batch.Add(row);
        }

        if (batch.Count > 0) yield return batch;
    }
}
