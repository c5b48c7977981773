namespace Dllm.Tokenization;

/// <summary>
/// What the work on one text may take: time for all its stages together, and the length that it may grow to on the way. The bounds are far
/// above what published tokenizers need; they are there for files made to hold or to fill the process.
/// </summary>
/// <param name="characters">UTF-16 units of the text.</param>
internal sealed class TextBudget(int characters)
{
    /// <summary>Longest text that is encoded or decoded, in UTF-16 units.</summary>
    public const int LongestText = 1 << 28;

    /// <summary>How long one match of a pattern may take.</summary>
    public static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(2);

    private const int GrowthFactor = 64;
    private const int AlwaysAllowed = 1 << 20;
    private const long Milliseconds = 4000;
    private const long CharactersPerMillisecond = 500;

    private readonly long _end = Environment.TickCount64 + Milliseconds + (characters / CharactersPerMillisecond);

    /// <summary>UTF-16 units of the text at the beginning.</summary>
    public int Characters => characters;

    /// <summary>Whether the time is over.</summary>
    public bool IsOver => Environment.TickCount64 > _end;

    /// <summary>The time for the text, in seconds.</summary>
    public double Seconds => (Milliseconds + (characters / CharactersPerMillisecond)) / 1000.0;

    /// <summary>The budget of a text to encode or decode.</summary>
    /// <exception cref="DllmException">The text is too long.</exception>
    public static TextBudget For(long characters) => characters <= LongestText
        ? new TextBudget((int)characters)
        : throw new DllmException($"a text of {characters:N0} characters, at most {LongestText:N0} are tokenized at once", "cut it into parts");

    /// <summary>Ends the work on a text whose time is over.</summary>
    /// <exception cref="DllmException">It is.</exception>
    public void CheckTime()
    {
        if (IsOver)
        {
            throw new DllmException(
                $"the tokenizer takes longer than {Seconds:0.#} seconds on a text of {characters:N0} characters",
                "its normalizers, patterns or decoders are too slow to be used");
        }
    }

    /// <summary>Refuses a text that grows beyond measure.</summary>
    /// <exception cref="DllmException">It does.</exception>
    public void CheckLength(long length)
    {
        if (length > LongestText || length > AlwaysAllowed + ((long)GrowthFactor * characters))
        {
            throw new DllmException(
                $"the tokenizer turns a text of {characters:N0} characters into one of {length:N0}",
                "its normalizers or decoders are no use: take the tokenizer.json of another source");
        }
    }
}
