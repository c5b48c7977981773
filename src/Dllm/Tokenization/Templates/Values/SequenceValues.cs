using System.Collections;

namespace Dllm.Tokenization.Templates;

/// <summary>A value with a length whose items are found by position: a list, a tuple or a range.</summary>
internal abstract class SequenceValue : IEnumerable<object?>
{
    public abstract int Count { get; }

    public abstract object? this[int index] { get; }

    public IEnumerator<object?> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Python's list, read only: templates run in a sandbox that forbids changing one.</summary>
internal sealed class ListValue(IReadOnlyList<object?> items) : SequenceValue
{
    public override int Count => items.Count;

    public override object? this[int index] => items[index];
}

internal sealed class TupleValue(IReadOnlyList<object?> items) : SequenceValue
{
    public TupleValue(params object?[] items)
        : this((IReadOnlyList<object?>)items)
    {
    }

    public override int Count => items.Count;

    public override object? this[int index] => items[index];
}

internal sealed class RangeValue(long start, long stop, long step) : SequenceValue
{
    /// <summary>Longer ranges are refused, as the reference's sandbox refuses them.</summary>
    public const int MaxCount = 100_000;

    public long Start { get; } = start;

    public long Stop { get; } = stop;

    public long Step { get; } = step;

    public override int Count { get; } = Length(start, stop, step);

    public override object? this[int index] => Start + (index * Step);

    public RangeValue Slice(SliceIndices slice) => new(Start + (slice.First * Step), Start + (slice.End * Step), slice.Step * Step);

    private static int Length(long start, long stop, long step)
    {
        if (step == 0)
            throw TemplateFault.Value("range() arg 3 must not be zero");
        var distance = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        if (distance <= 0)
            return 0;
        var width = step > 0 ? (Int128)step : -(Int128)step;
        var count = (distance + width - 1) / width;
        return count <= MaxCount
            ? (int)count
            : throw new TemplateFault(
                ChatTemplateErrorKind.Arithmetic, $"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MaxCount}).");
    }
}

/// <summary>The view of a dict that <c>keys()</c>, <c>values()</c> or <c>items()</c> gives: it has a length but no positions.</summary>
internal sealed class DictView(string typeName, IReadOnlyList<object?> items) : IEnumerable<object?>
{
    public string TypeName { get; } = typeName;

    public int Count => items.Count;

    public IEnumerator<object?> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>An iterator that can be read once, such as the results of <c>map</c> and <c>select</c>.</summary>
internal sealed class IteratorValue(string typeName, IEnumerable<object?> items) : IEnumerable<object?>
{
    private readonly IEnumerator<object?> _items = items.GetEnumerator();

    public string TypeName { get; } = typeName;

    public static IteratorValue Generator(IEnumerable<object?> items) => new("generator", items);

    public IEnumerator<object?> GetEnumerator()
    {
        while (_items.MoveNext())
            yield return _items.Current;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
