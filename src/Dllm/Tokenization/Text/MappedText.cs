namespace Dllm.Tokenization;

/// <summary>
/// A text on its way to the model and, when offsets are asked for, the stretch of the original behind each of its UTF-16 units.
/// Both units of a surrogate pair map to the stretch of the whole character. Immutable.
/// </summary>
internal sealed class MappedText
{
    private readonly int[]? _starts;
    private readonly int[]? _ends;

    private MappedText(string value, TextBudget budget, bool beginsOriginal, int[]? starts, int[]? ends)
    {
        Budget = budget;
        Value = value;
        BeginsOriginal = beginsOriginal;
        _starts = starts;
        _ends = ends;
    }

    /// <summary>The text as it is now.</summary>
    public string Value { get; }

    /// <summary>What the work on the original may take.</summary>
    public TextBudget Budget { get; }

    /// <summary>Whether origins are kept.</summary>
    public bool Tracked => _starts is not null;

    /// <summary>Whether this is the part of the original that begins it.</summary>
    public bool BeginsOriginal { get; }

    /// <summary>The original text itself.</summary>
    public static MappedText FromOriginal(string original, bool tracked)
    {
        TextBudget budget = TextBudget.For(original.Length);
        if (!tracked)
        {
            return new MappedText(original, budget, true, null, null);
        }

        var starts = new int[original.Length];
        var ends = new int[original.Length];
        for (int i = 0; i < original.Length;)
        {
            int length = Runes.LengthAt(original, i);
            for (int unit = i; unit < i + length; unit++)
            {
                starts[unit] = i;
                ends[unit] = i + length;
            }

            i += length;
        }

        return new MappedText(original, budget, true, starts, ends);
    }

    /// <summary>The stretch of the original behind the units <paramref name="first"/> to <paramref name="last"/>, both inclusive.</summary>
    public (int Start, int End) OriginOf(int first, int last) => (_starts![first], _ends![last]);

    /// <summary>A part of this text.</summary>
    public MappedText Slice(int start, int length) => start == 0 && length == Value.Length
        ? this
        : new MappedText(
            Value.Substring(start, length),
            Budget,
            BeginsOriginal && start == 0,
            _starts?.AsSpan(start, length).ToArray(),
            _ends?.AsSpan(start, length).ToArray());

    /// <summary>Another text each of whose units comes from a unit of this one (-1: from the very start, with no length).</summary>
    /// <param name="value">The new text.</param>
    /// <param name="sources">A unit of this text for each of its units; read only when origins are kept.</param>
    public MappedText Replace(string value, ReadOnlySpan<int> sources)
    {
        if (_starts is null)
        {
            return new MappedText(value, Budget, BeginsOriginal, null, null);
        }

        var starts = new int[value.Length];
        var ends = new int[value.Length];
        for (int i = 0; i < value.Length; i++)
        {
            if (sources[i] >= 0)
            {
                starts[i] = _starts[sources[i]];
                ends[i] = _ends![sources[i]];
            }
        }

        return new MappedText(value, Budget, BeginsOriginal, starts, ends);
    }
}

/// <summary>A stretch of a text that the model will see as one word.</summary>
/// <param name="Text">The text.</param>
/// <param name="Start">First UTF-16 unit.</param>
/// <param name="Length">Number of units.</param>
internal readonly record struct Piece(MappedText Text, int Start, int Length)
{
    public ReadOnlySpan<char> Span => Text.Value.AsSpan(Start, Length);

    public static Piece Whole(MappedText text) => new(text, 0, text.Value.Length);
}
