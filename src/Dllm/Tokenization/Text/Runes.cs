using System.Text;

namespace Dllm.Tokenization;

/// <summary>Steps over characters of UTF-16 text; half a surrogate pair counts as one character, U+FFFD.</summary>
internal static class Runes
{
    /// <summary>Units of the character at an index: 2 for a surrogate pair, else 1.</summary>
    public static int LengthAt(ReadOnlySpan<char> text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]) ? 2 : 1;

    /// <summary>The character at an index and the units it takes.</summary>
    public static Rune At(ReadOnlySpan<char> text, int index, out int length)
    {
        char unit = text[index];
        if (!char.IsSurrogate(unit))
        {
            length = 1;
            return new Rune(unit);
        }

        length = LengthAt(text, index);
        return length == 2 ? new Rune(unit, text[index + 1]) : Rune.ReplacementChar;
    }

    /// <summary>The character that ends before an index.</summary>
    public static Rune Before(ReadOnlySpan<char> text, int index) =>
        index >= 2 && LengthAt(text, index - 2) == 2 ? At(text, index - 2, out _) : At(text, index - 1, out _);

    /// <summary>Number of characters.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        for (int at = text.IndexOfAnyInRange('\uD800', '\uDBFF'); at >= 0 && at + 1 < text.Length;)
        {
            int length = LengthAt(text, at);
            count -= length - 1;
            text = text[(at + length)..];
            at = text.IndexOfAnyInRange('\uD800', '\uDBFF');
        }

        return count;
    }

    /// <summary>Number of bytes of a character in UTF-8.</summary>
    public static int Utf8LengthAt(ReadOnlySpan<char> text, int index) => text[index] switch
    {
        < '\u0080' => 1,
        < '\u0800' => 2,
        _ => LengthAt(text, index) == 2 ? 4 : 3,
    };
}
