namespace Dllm.Cli.Quickstart.World;

/// <summary>
/// A small random generator whose numbers are the same on every machine and every .NET version (System.Random promises neither):
/// Steele, Lea and Flood's SplitMix64, "Fast Splittable Pseudorandom Number Generators", 2014.
/// </summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 random bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    /// <summary>A number in [0, <paramref name="bound"/>), by multiplication: the bias is below bound / 2^64.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    /// <summary>True in one of <paramref name="n"/> cases.</summary>
    public bool OneIn(int n) => Below(n) == 0;

    /// <summary>One of <paramref name="items"/>.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary><paramref name="count"/> different items in random order (a partial Fisher-Yates shuffle).</summary>
    public T[] Several<T>(IReadOnlyList<T> items, int count)
    {
        T[] pool = [.. items];
        for (int i = 0; i < count; i++)
        {
            int j = Between(i, pool.Length - 1);
            (pool[i], pool[j]) = (pool[j], pool[i]);
        }
        return pool[..count];
    }

    /// <summary>A 64-bit hash of a text's UTF-16 units (FNV-1a, then SplitMix64's finaliser): the same everywhere, unlike string.GetHashCode.</summary>
    public static ulong Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char unit in text) hash = (hash ^ unit) * 1099511628211;
        return Mix(hash);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
