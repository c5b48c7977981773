namespace Dllm.Data;

/// <summary>
/// What to train on: one or more data sets joined by <c>+</c> or <c>|</c>, each <c>name[train:N,test:M,key:value]</c>. A number
/// limits a split to its first rows; <c>name:</c> chooses a configuration; other keys belong to the data set that knows them.
/// Example: <c>chats.jsonl[train:1000,test:100] + data/more</c>.
/// </summary>
/// <param name="Text">The specification as written.</param>
/// <param name="Parts">The data sets, in order; at least one.</param>
public sealed record DatasetSpec(string Text, IReadOnlyList<DatasetPart> Parts)
{
    /// <summary>Reads a specification. Joints inside brackets do not count (<c>[lang:c++]</c>).</summary>
    /// <exception cref="SpecFormatException">
    /// Nothing is named, a part has no name, a bracket is not closed, an entry has no colon, or a number is too large.
    /// </exception>
    public static DatasetSpec Parse(string text)
    {
        var parts = new List<DatasetPart>();
        var start = 0;
        var depth = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !(text[i] is '+' or '|' && depth == 0))
            {
                depth = text[i] switch { '[' => depth + 1, ']' => Math.Max(0, depth - 1), _ => depth };
                continue;
            }

            if (depth > 0)
            {
                throw new SpecFormatException("a bracket is not closed", text, text.LastIndexOf('['), "write name[train:1000]");
            }

            if (!string.IsNullOrWhiteSpace(text[start..i]))
            {
                parts.Add(ParsePart(text, start, i));
            }

            start = i + 1;
        }

        return parts.Count > 0
            ? new DatasetSpec(text, parts)
            : throw new SpecFormatException("no data set is named", text, 0, "name a file or a folder, as in chats.jsonl[train:1000]");
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static DatasetPart ParsePart(string text, int start, int end)
    {
        NamedSpec spec;
        try
        {
            spec = NamedSpec.Parse(text[start..end]);
        }
        catch (SpecFormatException e)
        {
            throw e.Within(text, start);
        }

        var first = start + (end - start - text[start..end].TrimStart().Length);
        if (spec.Name is null)
        {
            throw new SpecFormatException(
                "a part has no data-set name", text, first, "write name[key:value]; a path with '=' in it must be renamed");
        }

        return new DatasetPart(spec.Name, spec.Numbers, spec.Texts)
        {
            Position = first,
            KeyPositions = spec.KeyPositions.ToDictionary(p => p.Key, p => p.Value + start),
        };
    }
}

/// <summary>One data set of a <see cref="DatasetSpec"/>.</summary>
/// <param name="Name">A path or a data set's name, exactly as written.</param>
/// <param name="Limits">At most so many first rows of a split, by split (0 or more).</param>
/// <param name="Options">What else was asked for, by key: <c>name</c> is the configuration.</param>
public sealed record DatasetPart(string Name, IReadOnlyDictionary<string, int> Limits, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>Where the part begins in the specification, counted from 0.</summary>
    public int Position { get; init; }

    /// <summary>Where each key stands in the specification, counted from 0.</summary>
    public IReadOnlyDictionary<string, int> KeyPositions { get; init; } = new Dictionary<string, int>();
}
