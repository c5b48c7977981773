using System.Globalization;

namespace Dllm.Tokenization;

/// <summary>What the splitting patterns of byte-level tokenizers tell apart.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Neither of the others.</summary>
    Other,

    /// <summary><c>\p{L}</c>.</summary>
    Letter,

    /// <summary><c>\p{N}</c>.</summary>
    Number,

    /// <summary><c>\s</c>.</summary>
    Space,

    /// <summary>Half of a surrogate pair: the table cannot say.</summary>
    Surrogate,
}

/// <summary>A table of kinds for the Basic Multilingual Plane; the rest is asked for one by one.</summary>
internal static class CharacterKinds
{
    private static readonly CharacterKind[] Table = BuildTable();

    /// <summary>Kind of the character at an index, and the units it takes.</summary>
    public static CharacterKind At(string text, int index, out int length)
    {
        CharacterKind kind = Table[text[index]];
        if (kind != CharacterKind.Surrogate)
        {
            length = 1;
            return kind;
        }

        length = Runes.LengthAt(text, index);
        return length == 2
            ? Of(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[index], text[index + 1])))
            : CharacterKind.Other;
    }

    /// <summary>First index from <paramref name="from"/> whose character is not of a kind.</summary>
    public static int SkipWhile(string text, int from, CharacterKind kind)
    {
        while (from < text.Length && At(text, from, out int length) == kind)
        {
            from += length;
        }

        return from;
    }

    private static CharacterKind[] BuildTable()
    {
        var table = new CharacterKind[char.MaxValue + 1];
        for (int code = 0; code <= char.MaxValue; code++)
        {
            table[code] = char.IsWhiteSpace((char)code) ? CharacterKind.Space : Of(CharUnicodeInfo.GetUnicodeCategory((char)code));
        }

        return table;
    }

    private static CharacterKind Of(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
        UnicodeCategory.Surrogate => CharacterKind.Surrogate,
        >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => CharacterKind.Number,
        _ => CharacterKind.Other,
    };
}
