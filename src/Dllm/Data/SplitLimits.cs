namespace Dllm.Data;

/// <summary>How a data-set specification is read where the original is lax.</summary>
public enum SpecRules
{
    /// <summary>
    /// Data-set names match exactly; a split or key that the data set does not know is an error; test rows taken from a data set with
    /// one split are not trained on.
    /// </summary>
    Strict,

    /// <summary>
    /// As in the original: names match by containing a known one; unknown splits and keys are ignored; a data set with one split
    /// serves every requested split from the same first rows.
    /// </summary>
    Reference,
}

/// <summary>Takes the first rows of splits, as <c>[train:1000,test:100]</c> asks.</summary>
public static class SplitLimits
{
    private const string Train = "train";
    private const string Test = "test";

    /// <summary>Limits the splits of a data set that is held as a whole.</summary>
    /// <remarks>
    /// With several splits, those named are cut and the others stay. With one split, whatever its name, the named splits are made from
    /// it: under <see cref="SpecRules.Strict"/> one after the other, <c>train</c> last; under <see cref="SpecRules.Reference"/> all from
    /// its first rows.
    /// </remarks>
    /// <exception cref="SpecFormatException">Strict rules, and a limit names a split that is not there.</exception>
    public static DatasetSplits<T> Apply<T>(DatasetSplits<T> splits, DatasetPart part, string spec, SpecRules rules)
    {
        if (part.Limits.Count == 0)
        {
            return splits;
        }

        if (splits.Names.Count == 1)
        {
            var rows = splits[splits.Names[0]];
            return new(rules == SpecRules.Reference
                ? part.Limits.Select(limit => KeyValuePair.Create(limit.Key, rows.Take(limit.Value)))
                : Disjoint(rows, part.Limits));
        }

        if (rules == SpecRules.Strict && part.Limits.Keys.FirstOrDefault(name => !splits.Names.Contains(name)) is { } unknown)
        {
            throw new SpecFormatException(
                $"the data set {part.Name} has no split '{unknown}', only {string.Join(", ", splits.Names)}",
                spec,
                part.KeyPositions[unknown]);
        }

        return new(splits.Names.Select(name => KeyValuePair.Create(
            name, part.Limits.TryGetValue(name, out var count) ? splits[name].Take(count) : splits[name])));
    }

    /// <summary>Limits the splits of a stream, of which only <c>train</c> and <c>test</c> can be asked for.</summary>
    /// <remarks>
    /// Splits that are not asked for are then left out; without any such limit the data set stays as it is. From a single split the
    /// test rows come first and the training rows after them.
    /// </remarks>
    /// <exception cref="DllmException">There are several splits, and one that is limited is missing.</exception>
    public static DatasetSplits<T> ApplyToStream<T>(DatasetSplits<T> splits, IReadOnlyDictionary<string, int> limits)
    {
        var asked = new[] { Train, Test }.Where(limits.ContainsKey).ToDictionary(name => name, name => limits[name]);
        if (asked.Count == 0)
        {
            return splits;
        }

        return new(splits.Names.Count == 1
            ? Disjoint(splits[splits.Names[0]], asked)
            : asked.Select(limit => KeyValuePair.Create(limit.Key, splits[limit.Key].Take(limit.Value))));
    }

    private static IEnumerable<KeyValuePair<string, IEnumerable<T>>> Disjoint<T>(
        IEnumerable<T> rows, IReadOnlyDictionary<string, int> limits)
    {
        var start = 0;
        foreach (var (name, count) in limits.OrderBy(limit => limit.Key == Train)) // stable: train last, the others as written
        {
            yield return KeyValuePair.Create(name, rows.Skip(start).Take(count));
            start += count;
        }
    }
}
