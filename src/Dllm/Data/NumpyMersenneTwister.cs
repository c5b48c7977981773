using System.Numerics;

namespace Dllm.Data;

/// <summary>
/// NumPy's legacy generator (<c>numpy.random.seed</c>, MT19937 by Matsumoto and Nishimura 1998), for the few draws that the original
/// takes from it. Only compatibility needs it: everything else draws from an explicit torch generator.
/// </summary>
public sealed class NumpyMersenneTwister
{
    private const int StateSize = 624;
    private const int Middle = 397;
    private readonly uint[] _state = new uint[StateSize];
    private int _next = StateSize;

    /// <summary>Seeds as <c>numpy.random.seed(seed)</c> does.</summary>
    public NumpyMersenneTwister(uint seed)
    {
        for (uint i = 0; i < StateSize; i++)
        {
            _state[i] = seed;
            seed = (1812433253 * (seed ^ (seed >> 30))) + i + 1;
        }
    }

    /// <summary>Seeds by a key of any length (<c>init_by_array</c>), as <c>random.Random(seed)</c> does with the seed's 32-bit digits.</summary>
    /// <param name="key">The digits, the lowest first; at least one.</param>
    public NumpyMersenneTwister(ReadOnlySpan<uint> key)
        : this(19650218)
    {
        ArgumentOutOfRangeException.ThrowIfZero(key.Length);
        int i = 1, j = 0;
        for (var k = Math.Max(StateSize, key.Length); k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1664525)) + key[j] + (uint)j;
            i = Advance(i);
            j = (j + 1) % key.Length;
        }

        for (var k = StateSize - 1; k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            i = Advance(i);
        }

        _state[0] = 0x80000000;
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_next == StateSize)
        {
            Refill();
        }

        var bits = _state[_next++];
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9D2C5680;
        bits ^= (bits << 15) & 0xEFC60000;
        return bits ^ (bits >> 18);
    }

    /// <summary>A uniform number in [0, 1) of 53 random bits (<c>numpy.random.rand()</c>).</summary>
    public double NextDouble()
    {
        var high = NextUInt32() >> 5;
        var low = NextUInt32() >> 6;
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary>
    /// A uniform integer from <paramref name="low"/> up to but not including <paramref name="high"/> (<c>numpy.random.randint</c>):
    /// masked draws are repeated until one fits. A range of one value draws nothing.
    /// </summary>
    public int NextInt(int low, int high)
    {
        var range = (uint)(high - low - 1);
        if (range == 0)
        {
            return low;
        }

        var mask = uint.MaxValue >> BitOperations.LeadingZeroCount(range);
        uint draw;
        do
        {
            draw = NextUInt32() & mask;
        }
        while (draw > range);

        return low + (int)draw;
    }

    /// <summary>The next place to mix; past the end, the last value becomes the first.</summary>
    private int Advance(int i)
    {
        if (i + 1 < StateSize)
        {
            return i + 1;
        }

        _state[0] = _state[StateSize - 1];
        return 1;
    }

    private void Refill()
    {
        for (var i = 0; i < StateSize; i++)
        {
            var joined = (_state[i] & 0x80000000) | (_state[(i + 1) % StateSize] & 0x7FFFFFFF);
            _state[i] = _state[(i + Middle) % StateSize] ^ (joined >> 1) ^ ((joined & 1) * 0x9908B0DF);
        }

        _next = 0;
    }
}
