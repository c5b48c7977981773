namespace Dllm.Sampling;

/// <summary>
/// Seeds of many rows from one: samplers that draw for each row by itself give row r of a canvas the seed <c>Of(seed, r)</c>, so rows that
/// are sampled in several batches, the n-th from <c>Of(seed, n)</c> on, come out as in one batch.
/// </summary>
public static class RowSeed
{
    /// <summary>The seed of a row; that of row 0 is the seed itself.</summary>
    /// <param name="seed">The seed of all.</param>
    /// <param name="row">The row, from 0.</param>
    public static long Of(long seed, int row) => unchecked((long)((ulong)seed + (ulong)row * 0x9E3779B97F4A7C15UL));
}
