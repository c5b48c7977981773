using System.Globalization;

namespace Dllm.Evaluation.Scoring;

/// <summary>Python's classes of characters, its escapes, and how .NET's patterns write both.</summary>
internal static class PythonCharacters
{
    // str.isspace(): .NET's and the four separators of ASCII.
    private const string Space = @"\s\x1c-\x1f";
    private const string NotSpace = @"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Co}\p{Cs}\p{Cn}\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f";

    // str.isalnum() and the underscore: numbers of all kinds, no combining marks and no other connectors.
    private const string AnyWord = @"\p{L}\p{N}_";
    private const string NotWord =
        @"\p{M}\p{S}\p{Z}\p{C}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\u203F\u2040\u2054\uFE33\uFE34\uFE4D-\uFE4F\uFF3F";

    /// <summary>The members of <c>\w</c>, as within a class.</summary>
    public static string Word(bool isAscii) => isAscii ? "a-zA-Z0-9_" : AnyWord;

    /// <summary>The members of what a letter after a backslash stands for, or null if it stands for no class.</summary>
    public static string? Category(char letter, bool isAscii) => letter switch
    {
        'd' => isAscii ? "0-9" : @"\d",
        'D' => isAscii ? @"\x00-\x2f\x3a-\uffff" : @"\D",
        'w' => Word(isAscii),
        'W' => isAscii ? @"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\uffff" : NotWord,
        's' => isAscii ? @"\t-\r " : Space,
        'S' => isAscii ? @"\x00-\x08\x0e-\x1f!-\uffff" : NotSpace,
        _ => null,
    };

    /// <summary>A character outside of classes.</summary>
    public static string Literal(char letter) =>
        char.IsAscii(letter) && (char.IsPunctuation(letter) || char.IsSymbol(letter) || letter == ' ') && letter != '_'
            ? $@"\{letter}"
            : letter.ToString();

    /// <summary>A character within a class.</summary>
    public static string Unit(int letter) => string.Create(CultureInfo.InvariantCulture, $@"\u{letter:X4}");

    /// <summary>Whether three octal digits stand here, which is a character and no group.</summary>
    public static bool IsOctal(ReadOnlySpan<char> text) => text.Length >= 3 && text[0] <= '3' && !text[..3].ContainsAnyExceptInRange('0', '7');

    /// <summary>The character of an escape.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="at">The place behind the backslash; afterwards behind the escape.</param>
    /// <exception cref="FormatException">There is no such escape.</exception>
    public static int ReadEscape(string pattern, ref int at)
    {
        if (at == pattern.Length) throw new FormatException("it ends in a backslash");
        char letter = pattern[at++];
        switch (letter)
        {
            case 'a': return '\a';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'v': return '\v';
            case 'x': return Hexadecimal(pattern, ref at, 2);
            case 'u': return Hexadecimal(pattern, ref at, 4);
            case 'U': return Hexadecimal(pattern, ref at, 8) is var point and <= 0x10FFFF ? point : throw new FormatException("there is no such character");
            case >= '0' and <= '7': return Octal(pattern, ref at);
            case var other when char.IsAsciiLetterOrDigit(other): throw new FormatException($@"the escape \{other} is unknown");
            default: return letter;
        }
    }

    private static int Hexadecimal(string pattern, ref int at, int length)
    {
        if (at + length > pattern.Length
            || !int.TryParse(pattern.AsSpan(at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value) || value < 0)
        {
            throw new FormatException("a hexadecimal escape is incomplete");
        }

        at += length;
        return value;
    }

    private static int Octal(string pattern, ref int at)
    {
        int value = pattern[at - 1] - '0';
        for (int i = 1; i < 3 && at < pattern.Length && pattern[at] is >= '0' and <= '7'; i++) value = (value * 8) + pattern[at++] - '0';
        return value <= 0xFF ? value : throw new FormatException("an octal escape is above 0o377");
    }
}
