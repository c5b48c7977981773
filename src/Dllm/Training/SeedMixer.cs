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

    /// <summary>A seed for <paramref name="purpose"/>, 0 or more, with room above for counting on (SplitMix64's finaliser).</summary>
    public static long Derive(long seed, long purpose)
    {
        var z = unchecked((ulong)seed + ((ulong)purpose * 0x9E3779B97F4A7C15UL));
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return (long)((z ^ (z >> 31)) >> 2);
    }
}
