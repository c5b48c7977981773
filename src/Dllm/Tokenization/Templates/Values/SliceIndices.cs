using System.Numerics;

namespace Dllm.Tokenization.Templates;

/// <summary>The positions that <c>[start:stop:step]</c> takes from a sequence, negative bounds counted from its end.</summary>
internal readonly record struct SliceIndices(long First, long End, long Step)
{
    /// <summary>How many positions there are.</summary>
    public long Count => Step > 0
        ? Math.Max(0, (End - First + Step - 1) / Step)
        : Math.Max(0, (First - End - Step - 1) / -Step);

    public IEnumerable<int> Positions
    {
        get
        {
            for (var i = First; Step > 0 ? i < End : i > End; i += Step)
                yield return (int)i;
        }
    }

    public static SliceIndices Of(int count, object? start, object? stop, object? step)
    {
        var stride = Bound(step) ?? 1;
        if (stride == 0)
            throw TemplateFault.Value("slice step cannot be zero");
        var (lowest, highest) = stride > 0 ? (0, count) : (-1, count - 1);
        var first = Clamp(Bound(start), count, lowest, highest) ?? (stride > 0 ? 0 : count - 1);
        var end = Clamp(Bound(stop), count, lowest, highest) ?? (stride > 0 ? count : -1);
        return new SliceIndices(first, end, stride);
    }

    private static long? Clamp(long? bound, int count, long lowest, long highest) =>
        bound is { } value ? Math.Clamp(value < 0 ? value + count : value, lowest, Math.Max(lowest, highest)) : null;

    private static long? Bound(object? value) => value switch
    {
        null => null,
        bool truth => truth ? 1 : 0,
        long number => Math.Clamp(number, int.MinValue, int.MaxValue),
        BigInteger number => number.Sign < 0 ? int.MinValue : int.MaxValue,
        _ => throw TemplateFault.Type("slice indices must be integers or None or have an __index__ method"),
    };
}
