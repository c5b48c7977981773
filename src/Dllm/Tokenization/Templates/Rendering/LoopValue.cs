namespace Dllm.Tokenization.Templates;

/// <summary>
/// The variable <c>loop</c>. Items are taken as they are needed, so that a loop's filter sees what its body has set; asking
/// for the next item looks one ahead, asking for the length takes them all.
/// </summary>
internal sealed class LoopValue : IDisposable
{
    private readonly object? _items;
    private readonly IEnumerator<object?> _iterator;
    private readonly Queue<object?> _ahead = [];
    private readonly Func<object?, object?>? _recurse;
    private readonly int _depth0;
    private object? _current = Undefined.Variable("loop");
    private object? _previous;
    private TupleValue? _lastChanged;
    private int? _length;

    /// <summary>A loop that has not started.</summary>
    /// <param name="items">What is looped over.</param>
    /// <param name="recurse">Renders the loop's body over other items, where the loop is marked recursive.</param>
    /// <param name="depth0">How many recursive calls enclose the loop.</param>
    public LoopValue(object? items, Func<object?, object?>? recurse, int depth0)
    {
        _items = items;
        _iterator = Iteration.Enumerate(items).GetEnumerator();
        _recurse = recurse;
        _depth0 = depth0;
    }

    public int Index0 { get; private set; } = -1;

    public int Index => Index0 + 1;

    public int Length => _length ??= Iteration.TryCount(_items) ?? CountAll();

    public bool MoveNext(out object? item)
    {
        if (!TryTake(out item))
            return false;
        Index0++;
        _previous = _current;
        _current = item;
        return true;
    }

    /// <summary>Finds an attribute of <c>loop</c>.</summary>
    public bool TryFind(string name, out object? value)
    {
        value = name switch
        {
            "index" => (long)Index,
            "index0" => (long)Index0,
            "revindex" => (long)(Length - Index0),
            "revindex0" => (long)(Length - Index),
            "first" => Index0 == 0,
            "last" => !LookAhead(),
            "length" => (long)Length,
            "depth" => (long)(_depth0 + 1),
            "depth0" => (long)_depth0,
            "previtem" => Index0 == 0 ? new Undefined("there is no previous item") : _previous,
            "nextitem" => LookAhead() ? _ahead.Peek() : new Undefined("there is no next item"),
            "cycle" => new Callable("cycle", (_, arguments) => Cycle(arguments.Positional)),
            "changed" => new Callable("changed", (_, arguments) => HasChanged(new TupleValue(arguments.Positional))),
            _ => null,
        };
        return value is not null || name is "previtem" or "nextitem";
    }

    /// <summary>Renders the loop's body over other items.</summary>
    public object? Recurse(object? items) => _recurse is not null
        ? _recurse(items)
        : throw TemplateFault.Type("The loop must have the 'recursive' marker to be called recursively.");

    public void Dispose() => _iterator.Dispose();

    private object? Cycle(IReadOnlyList<object?> items) =>
        items.Count > 0 ? items[Index0 % items.Count] : throw TemplateFault.Type("no items for cycling given");

    private bool HasChanged(TupleValue values)
    {
        if (_lastChanged is not null && PythonComparison.AreEqual(_lastChanged, values))
            return false;
        _lastChanged = values;
        return true;
    }

    private bool TryTake(out object? item)
    {
        if (_ahead.TryDequeue(out item))
            return true;
        if (!_iterator.MoveNext())
            return false;
        item = _iterator.Current;
        return true;
    }

    private bool LookAhead()
    {
        if (_ahead.Count > 0)
            return true;
        if (!_iterator.MoveNext())
            return false;
        _ahead.Enqueue(_iterator.Current);
        return true;
    }

    private int CountAll()
    {
        while (_iterator.MoveNext())
            _ahead.Enqueue(_iterator.Current);
        return Index + _ahead.Count;
    }
}
