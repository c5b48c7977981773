namespace Dllm.Data;

/// <summary>The splits of a data set ("train", "test" …), each a sequence that is read afresh whenever it is enumerated.</summary>
/// <typeparam name="T">What a row is.</typeparam>
public sealed class DatasetSplits<T>
{
    private readonly List<KeyValuePair<string, IEnumerable<T>>> _splits;

    /// <summary>Names the splits, in order; a name stands once.</summary>
    public DatasetSplits(IEnumerable<KeyValuePair<string, IEnumerable<T>>> splits) => _splits = [.. splits];

    /// <summary>A data set with one split.</summary>
    public DatasetSplits(string name, IEnumerable<T> rows)
        : this([KeyValuePair.Create(name, rows)])
    {
    }

    /// <summary>The splits' names, in order.</summary>
    public IReadOnlyList<string> Names => _splits.ConvertAll(split => split.Key);

    /// <summary>The rows of a split.</summary>
    /// <exception cref="DllmException">There is no such split.</exception>
    public IEnumerable<T> this[string name] => Find(name)
        ?? throw new DllmException(
            $"the data set has no split '{name}', only {string.Join(", ", Names)}",
            $"ask for it in the specification, as in name[{name}:100]");

    /// <summary>The rows of a split, or null where there is none of that name.</summary>
    public IEnumerable<T>? Find(string name) => _splits.Find(split => split.Key == name).Value;

    /// <summary>The same splits with their rows turned into something else.</summary>
    public DatasetSplits<TResult> Select<TResult>(Func<IEnumerable<T>, IEnumerable<TResult>> rows)
        => new(_splits.Select(split => KeyValuePair.Create(split.Key, rows(split.Value))));

    /// <summary>Joins data sets split by split, in order; a split that only some have is joined from those.</summary>
    public static DatasetSplits<T> Concat(IReadOnlyList<DatasetSplits<T>> parts) => parts.Count == 1
        ? parts[0]
        : new(parts.SelectMany(part => part.Names).Distinct().ToArray().Select(name => KeyValuePair.Create(
            name, parts.Select(part => part.Find(name)).OfType<IEnumerable<T>>().Aggregate((a, b) => a.Concat(b)))));
}
