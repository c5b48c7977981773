namespace Dllm.Diffusion;

/// <summary>The parts of Steele, Lea and Flood's SplitMix64 (2014): number n of a seed is <c>Mix(seed + n · Increment)</c>.</summary>
internal static class SplitMix64
{
    /// <summary>What the state grows by from number to number.</summary>
    public const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>The finaliser: neighbouring states give numbers that share nothing.</summary>
    public static ulong Mix(ulong state)
    {
        unchecked
        {
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
            return state ^ (state >> 31);
        }
    }
}
