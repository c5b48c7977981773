using System.Globalization;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>
/// Character classes as the reference library knows them. Its category tables are those of Unicode 8, its lower-casing is newer than
/// .NET's: a checkpoint was trained with its classes, so characters assigned later keep the class they had then.
/// The ranges below were found by comparing every code point.
/// </summary>
internal static class ReferenceUnicode
{
    /// <summary>Stretches in which every non-spacing mark is newer than the reference's table.</summary>
    private static readonly (int First, int Last)[] NewerMarks =
    [
        (0x7FD, 0x7FD), (0x897, 0x8E1), (0x9FE, 0x9FE), (0xAFA, 0xAFF), (0xB55, 0xB55), (0xC04, 0xC3C), (0xD00, 0xD00), (0xD3B, 0xD3C),
        (0xD81, 0xD81), (0xEBA, 0xEBA), (0xECE, 0xECE), (0x180F, 0x1886), (0x1ABF, 0x1ACE), (0x1DF6, 0x1DFB), (0xA82C, 0xA82C),
        (0xA8C5, 0xA8C5), (0xA8FF, 0xA8FF), (0xA9BD, 0xA9BD), (0x10D24, 0x10F85), (0x11070, 0x11074), (0x110C2, 0x110C2),
        (0x111C9, 0x111C9), (0x111CF, 0x111CF), (0x1123E, 0x11241), (0x1133B, 0x1133B), (0x113BB, 0x1145E), (0x1182F, 0x1612F),
        (0x16F4F, 0x16F4F), (0x16FE4, 0x16FE4), (0x1CF00, 0x1CF46), (0x1E000, 0x1E5EF), (0x1E944, 0x1E94A),
    ];

    /// <summary>Stretches in which every format character is newer than the reference's table.</summary>
    private static readonly (int First, int Last)[] NewerFormats = [(0x890, 0x8E2), (0x110CD, 0x1343F)];

    /// <summary>Stretches in which every punctuation character is newer than the reference's table.</summary>
    private static readonly (int First, int Last)[] NewerPunctuation =
    [
        (0x61D, 0x61D), (0x9FD, 0xA76), (0xC77, 0xC84), (0x1B4E, 0x1B4F), (0x1B7D, 0x1B7F), (0x2E43, 0x2E5D), (0x10D6E, 0x10F89),
        (0x113D4, 0x1145D), (0x11660, 0x116B9), (0x1183B, 0x11FFF), (0x12FF1, 0x12FF2), (0x16D6D, 0x16FE2), (0x1E5FF, 0x1E95F),
    ];

    /// <summary>Characters with a canonical decomposition that the reference's tables do not decompose yet.</summary>
    private static readonly (int First, int Last)[] NewerDecompositions =
    [
        (0x105C9, 0x105C9), (0x105E4, 0x105E4), (0x11383, 0x11391), (0x113C5, 0x113C8), (0x11938, 0x11938), (0x16121, 0x16128),
        (0x16D68, 0x16D6A),
    ];

    /// <summary>Upper-case letters newer than .NET's casing data: first, last, distance to the lower-case letter.</summary>
    private static readonly (int First, int Last, int Distance)[] NewerLetters =
    [
        (0x1C89, 0x1C89, 1), (0xA7CB, 0xA7CB, 0x264 - 0xA7CB), (0xA7CC, 0xA7CC, 1), (0xA7CE, 0xA7CE, 1), (0xA7D2, 0xA7D2, 1),
        (0xA7D4, 0xA7D4, 1), (0xA7DA, 0xA7DA, 1), (0xA7DC, 0xA7DC, 0x19B - 0xA7DC), (0x10D50, 0x10D65, 0x20), (0x16EA0, 0x16EB8, 0x1B),
    ];

    /// <summary>Whether a character is a control, format or private-use character.</summary>
    public static bool IsOther(Rune rune) => rune.IsAscii ? rune.Value is < ' ' or 127 : Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.PrivateUse => true,
        UnicodeCategory.Format => !Contains(NewerFormats, rune.Value),
        _ => false,
    };

    /// <summary>Whether a character is a non-spacing mark, such as a combining accent.</summary>
    public static bool IsNonSpacingMark(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark => !Contains(NewerMarks, rune.Value),
        UnicodeCategory.SpacingCombiningMark => rune.Value is 0x1734 or 0x1171E,
        _ => false,
    };

    /// <summary>Whether a character is punctuation: any ASCII symbol, or of a Unicode punctuation category.</summary>
    public static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        : Rune.IsPunctuation(rune) ? !Contains(NewerPunctuation, rune.Value) : rune.Value is 0x166D or 0x111C9;

    /// <summary>Whether the reference leaves a character whole that newer tables decompose.</summary>
    public static bool IsNewerDecomposition(int codePoint) => codePoint >= 0x105C9 && Contains(NewerDecompositions, codePoint);

    /// <summary>Whether a character belongs to a word: what <c>\w</c> matches in the reference's regular expressions.</summary>
    public static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.LetterNumber => true, // the letters, marks, decimal digits and letter-like numbers
        UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
        UnicodeCategory.OtherSymbol => rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
            or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        _ => false,
    };

    /// <summary>Whether a character is a number of any kind.</summary>
    public static bool IsNumeric(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>The lower-case letter of a character. (U+0130 becomes two characters and is the caller's business.)</summary>
    public static Rune ToLower(Rune rune)
    {
        if (rune.IsAscii)
        {
            return rune.Value is >= 'A' and <= 'Z' ? new Rune(rune.Value | 0x20) : rune;
        }

        Rune lower = Rune.ToLowerInvariant(rune);
        if (lower == rune && rune.Value >= 0x1C89)
        {
            foreach ((int first, int last, int distance) in NewerLetters)
            {
                if (rune.Value >= first && rune.Value <= last)
                {
                    return new Rune(rune.Value + distance);
                }
            }
        }

        return lower;
    }

    private static bool Contains((int First, int Last)[] ranges, int codePoint)
    {
        foreach ((int first, int last) in ranges)
        {
            if (codePoint <= last)
            {
                return codePoint >= first;
            }
        }

        return false;
    }
}
