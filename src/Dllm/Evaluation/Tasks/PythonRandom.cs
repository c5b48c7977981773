using System.Numerics;
using Dllm.Data;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// CPython's <c>random.Random(seed)</c> (MT19937, seeded by array), for draws that have to equal the evaluation harness's. The methods
/// draw in CPython's order (3.11 and later).
/// </summary>
public sealed class PythonRandom
{
    private readonly NumpyMersenneTwister _bits;

    /// <summary>Seeds as <c>random.Random(seed)</c> does; the sign of the seed counts for nothing.</summary>
    public PythonRandom(long seed)
    {
        var magnitude = (ulong)(seed < 0 ? unchecked(-seed) : seed);
        uint[] key = magnitude > uint.MaxValue ? [(uint)magnitude, (uint)(magnitude >> 32)] : [(uint)magnitude];
        _bits = new NumpyMersenneTwister(key);
    }

    /// <summary>A uniform number in [0, 1) of 53 random bits (<c>random()</c>).</summary>
    public double NextDouble() => _bits.NextDouble();

    /// <summary>A uniform whole number from 0 up to but not including <paramref name="bound"/> (<c>randrange(bound)</c>).</summary>
    /// <param name="bound">At least 1.</param>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        var bits = 32 - BitOperations.LeadingZeroCount((uint)bound);
        uint draw;
        do
        {
            draw = _bits.NextUInt32() >> (32 - bits);
        }
        while (draw >= (uint)bound);

        return (int)draw;
    }

    /// <summary>Brings a list into a random order (<c>shuffle</c>).</summary>
    public void Shuffle<T>(IList<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Different places of a list, in random order (<c>sample(range(population), count)</c>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">More are asked than there are.</exception>
    public int[] Sample(int population, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population);
        return population <= PoolLimit(count) ? SampleFromPool(population, count) : SampleByRejection(population, count);
    }

    /// <summary>The population up to which a list of all is smaller than a set of those chosen.</summary>
    private static long PoolLimit(int count)
    {
        long size = 21;
        if (count > 5)
        {
            long power = 4;
            while (power < 3L * count) power *= 4;
            size += power;
        }

        return size;
    }

    private int[] SampleFromPool(int population, int count)
    {
        int[] pool = [.. Enumerable.Range(0, population)];
        var result = new int[count];
        for (var i = 0; i < count; i++)
        {
            var j = Below(population - i);
            result[i] = pool[j];
            pool[j] = pool[population - i - 1];
        }

        return result;
    }

    private int[] SampleByRejection(int population, int count)
    {
        var chosen = new HashSet<int>();
        var result = new int[count];
        for (var i = 0; i < count; i++)
        {
            int j;
            do
            {
                j = Below(population);
            }
            while (!chosen.Add(j));

            result[i] = j;
        }

        return result;
    }
}
