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
