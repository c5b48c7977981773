using System.Numerics;

namespace Dllm.Data;

/// <summary>
/// NumPy's default generator (PCG XSL RR 128/64, O'Neill 2014, seeded through <c>SeedSequence</c>), as far as splitting a data set needs
/// it: the same seed gives the permutation that <c>numpy.random.default_rng(seed).permutation(n)</c> gives.
/// </summary>
public sealed class Pcg64
{
    private const int PoolSize = 4;
    private static readonly UInt128 Multiplier = new(0x2360ED051FC65DA4, 0x4385DF649FCCF645);

    private readonly UInt128 _increment;
    private UInt128 _state;
    private uint? _half; // the upper half of a 64-bit draw, kept for the next 32-bit draw

    /// <summary>Seeds the generator as <c>default_rng(seed)</c> does.</summary>
    public Pcg64(ulong seed)
    {
        Span<ulong> words = stackalloc ulong[4];
        SeedSequence(seed, words);
        _increment = (new UInt128(words[2], words[3]) << 1) | 1;
        Step();
        _state += new UInt128(words[0], words[1]);
        Step();
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        Step();
        var high = (ulong)(_state >> 64);
        return ulong.RotateRight(high ^ (ulong)_state, (int)(high >> 58));
    }

    /// <summary>The next 32 random bits: the lower half of a 64-bit draw, then its upper half.</summary>
    public uint NextUInt32()
    {
        if (_half is { } kept)
        {
            _half = null;
            return kept;
        }

        var draw = NextUInt64();
        _half = (uint)(draw >> 32);
        return (uint)draw;
    }

    /// <summary>A uniform integer in 0…<paramref name="maximum"/>, both included: masked 32-bit draws until one fits.</summary>
    public uint NextInclusive(uint maximum)
    {
        if (maximum == 0)
        {
            return 0;
        }

        var mask = uint.MaxValue >> BitOperations.LeadingZeroCount(maximum);
        uint draw;
        do
        {
            draw = NextUInt32() & mask;
        }
        while (draw > maximum);

        return draw;
    }

    /// <summary>A uniformly random order of 0…<paramref name="count"/>−1.</summary>
    public int[] Permutation(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i >= 1; i--)
        {
            var j = (int)NextInclusive((uint)i);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private void Step() => _state = (_state * Multiplier) + _increment;

    /// <summary>Spreads a seed over four words so that similar seeds give unrelated streams (numpy.random.SeedSequence).</summary>
    private static void SeedSequence(ulong seed, Span<ulong> words)
    {
        Span<uint> pool = stackalloc uint[PoolSize];
        pool[0] = (uint)seed;
        pool[1] = (uint)(seed >> 32);
        var constant = 0x43B0D7E5u;
        for (var i = 0; i < PoolSize; i++)
        {
            pool[i] = Hash(pool[i], ref constant, 0x931E8875);
        }

        for (var source = 0; source < PoolSize; source++)
        {
            for (var target = 0; target < PoolSize; target++)
            {
                if (source != target)
                {
                    pool[target] = Mix(pool[target], Hash(pool[source], ref constant, 0x931E8875));
                }
            }
        }

        constant = 0x8B51F9DD;
        for (var i = 0; i < words.Length; i++)
        {
            var low = Hash(pool[2 * i % PoolSize], ref constant, 0x58F38DED);
            var high = Hash(pool[((2 * i) + 1) % PoolSize], ref constant, 0x58F38DED);
            words[i] = low | ((ulong)high << 32);
        }
    }

    private static uint Hash(uint value, ref uint constant, uint multiplier)
    {
        value ^= constant;
        constant *= multiplier;
        value *= constant;
        return value ^ (value >> 16);
    }

    private static uint Mix(uint x, uint y)
    {
        var mixed = (0xCA01F9DDu * x) - (0x4973F715u * y);
        return mixed ^ (mixed >> 16);
    }
}
