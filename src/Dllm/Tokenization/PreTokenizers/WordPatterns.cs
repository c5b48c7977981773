namespace Dllm.Tokenization;

/// <summary>
/// The splitting pattern of GPT-2, by hand:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. It matches everything.
/// </summary>
internal sealed class Gpt2Pattern : IWordScanner
{
    public const string Source = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public int NextWord(string text, ref int start)
    {
        if (text[start] == '\'' && Contraction.Length(text, start, ignoreCase: false) is var suffix and > 0)
        {
            return start + suffix;
        }

        int word = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        CharacterKind kind = CharacterKinds.At(text, word, out int length);
        return kind == CharacterKind.Space
            ? WhiteSpace.EndOfRun(text, start)
            : CharacterKinds.SkipWhile(text, word + length, kind);
    }
}

/// <summary>
/// The splitting pattern of Llama 3 and Qwen, by hand: <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
/// ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c> with groups of three digits, or of one. It matches everything.
/// </summary>
/// <param name="digits">Longest group of digits: 3 or 1.</param>
internal sealed class DigitGroupPattern(int digits) : IWordScanner
{
    public const string SourceOfThree =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string SourceOfOne =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public int NextWord(string text, ref int start)
    {
        char first = text[start];
        if (first == '\'' && Contraction.Length(text, start, ignoreCase: true) is var suffix and > 0)
        {
            return start + suffix;
        }

        CharacterKind kind = CharacterKinds.At(text, start, out int length);
        int next = start + length;
        if (kind == CharacterKind.Letter)
        {
            return CharacterKinds.SkipWhile(text, next, CharacterKind.Letter);
        }

        if (kind == CharacterKind.Number)
        {
            for (int count = 1; count < digits && next < text.Length && CharacterKinds.At(text, next, out length) == kind; count++)
            {
                next += length;
            }

            return next;
        }

        CharacterKind nextKind = next < text.Length ? CharacterKinds.At(text, next, out length) : CharacterKind.Space;
        if (nextKind == CharacterKind.Letter && first is not ('\r' or '\n'))
        {
            return CharacterKinds.SkipWhile(text, next + length, CharacterKind.Letter);
        }

        if (kind == CharacterKind.Other || (first == ' ' && nextKind == CharacterKind.Other))
        {
            int end = CharacterKinds.SkipWhile(text, next, CharacterKind.Other);
            while (end < text.Length && text[end] is '\r' or '\n')
            {
                end++;
            }

            return end;
        }

        return WhiteSpace.EndOfLinesOrRun(text, start);
    }
}

/// <summary>English contractions after an apostrophe: 's 't 're 've 'm 'll 'd.</summary>
internal static class Contraction
{
    /// <summary>Units of the contraction that starts at an apostrophe, or 0.</summary>
    public static int Length(string text, int start, bool ignoreCase)
    {
        char first = At(text, start + 1, ignoreCase);
        if (first is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        return (first, At(text, start + 2, ignoreCase)) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static char At(string text, int index, bool ignoreCase)
    {
        char unit = index < text.Length ? text[index] : '\0';
        return !ignoreCase ? unit : unit == '\u017F' ? 's' : char.IsAsciiLetterUpper(unit) ? (char)(unit | 0x20) : unit;
    }
}

/// <summary>Runs of white space.</summary>
internal static class WhiteSpace
{
    /// <summary><c>\s+(?!\S)|\s+</c>: the run, less its last character where a word follows and the run is longer than that.</summary>
    public static int EndOfRun(string text, int start)
    {
        int end = CharacterKinds.SkipWhile(text, start, CharacterKind.Space);
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c>: up to the last line break of the run, else as <see cref="EndOfRun"/>.</summary>
    public static int EndOfLinesOrRun(string text, int start)
    {
        int end = CharacterKinds.SkipWhile(text, start, CharacterKind.Space);
        int line = text.AsSpan(start, end - start).LastIndexOfAny('\r', '\n');
        return line >= 0 ? start + line + 1 : end < text.Length && end - start > 1 ? end - 1 : end;
    }
}
