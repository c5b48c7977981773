using System.Collections;

namespace Dllm.Data;

/// <summary>
/// Named values, looked up by any case of their names, that remember which were taken. A value that is null or an empty list counts as
/// missing: exporters write both for what is not there.
/// </summary>
internal sealed class Columns
{
    private readonly Dictionary<string, (string Name, object? Value)> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    public Columns(IReadOnlyDictionary<string, object?> values)
    {
        foreach (var (name, value) in values)
        {
            if (!_values.TryGetValue(name, out var other) || IsEmpty(other.Value))
            {
                _values[name] = (name, value);
            }
        }
    }

    /// <summary>The names as given.</summary>
    public IEnumerable<string> Names => _values.Values.Select(value => value.Name);

    /// <summary>Whether one of the names is there, be its value null.</summary>
    public bool Has(params ReadOnlySpan<string> names) => Find(names, emptyToo: true) is not null;

    /// <summary>The value of the first of the names that has one; null where none has.</summary>
    public object? Take(params ReadOnlySpan<string> names)
    {
        if (Find(names, emptyToo: false) is not { } found)
        {
            return null;
        }

        _taken.Add(found);
        return _values[found].Value;
    }

    /// <summary>As <see cref="Take"/>, without taking it.</summary>
    public object? Peek(params ReadOnlySpan<string> names) => Find(names, emptyToo: false) is { } found ? _values[found].Value : null;

    /// <summary>Counts names as taken.</summary>
    public void Ignore(params IEnumerable<string> names) => _taken.UnionWith(names);

    /// <summary>What has a value and was not taken, under the names as given.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Rest() => _values.Values
        .Where(value => !IsEmpty(value.Value) && !_taken.Contains(value.Name))
        .Select(value => KeyValuePair.Create(value.Name, value.Value));

    private static bool IsEmpty(object? value) => value is null or ICollection { Count: 0 };

    private string? Find(ReadOnlySpan<string> names, bool emptyToo)
    {
        foreach (var name in names)
        {
            if (_values.TryGetValue(name, out var found) && (emptyToo || !IsEmpty(found.Value)))
            {
                return name;
            }
        }

        return null;
    }
}
