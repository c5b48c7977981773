using Dllm.Diffusion;

namespace Dllm.Training;

/// <summary>Derives unrelated seeds from one: neighbouring seeds give streams that share nothing.</summary>
internal static class SeedMixer
{
    /// <summary>The corruption of training batches.</summary>
    public const long Noise = 1;

    /// <summary>The corruption of evaluation batches.</summary>
    public const long Evaluation = 2;

    /// <summary>Dropout.</summary>
    public const long Dropout = 3;

    /// <summary>A seed for <paramref name="purpose"/>, 0 or more, with room above for counting on.</summary>
    public static long Derive(long seed, long purpose) =>
        (long)(SplitMix64.Mix(unchecked((ulong)seed + ((ulong)purpose * SplitMix64.Increment))) >> 2);

    /// <summary>The random numbers of some rows of a data set: a function of seed, epoch and row, whatever batch the rows are in.</summary>
    public static NoiseSource Rows(long seed, int epoch, IEnumerable<int> rows)
    {
        long ofEpoch = Derive(seed, epoch);
        return NoiseSource.ByRow([.. rows.Select(row => Derive(ofEpoch, row))]);
    }
}
