namespace Dllm.Tokenization.Templates;

/// <summary>Python's dict: any hashable keys, in the order of insertion; the first of equal keys stays, the last value wins.</summary>
internal sealed class DictValue
{
    private readonly OrderedDictionary<DictKey, object?> _items = [];

    public int Count => _items.Count;

    public IEnumerable<object?> Keys => _items.Keys.Select(key => key.Value);

    public IEnumerable<object?> Values => _items.Values;

    public IEnumerable<KeyValuePair<object?, object?>> Items => _items.Select(item => KeyValuePair.Create(item.Key.Value, item.Value));

    /// <summary>Adds or replaces; only for whoever builds the dict, templates cannot change one.</summary>
    public void Set(object? key, object? value) => _items[new DictKey(key)] = value;

    public bool TryGet(object? key, out object? value) => _items.TryGetValue(new DictKey(key), out value);

    private readonly struct DictKey(object? value) : IEquatable<DictKey>
    {
        public object? Value { get; } = value;

        public bool Equals(DictKey other) => PythonComparison.AreEqual(Value, other.Value);

        public override bool Equals(object? obj) => obj is DictKey other && Equals(other);

        public override int GetHashCode() => PythonComparison.Hash(Value);
    }
}
