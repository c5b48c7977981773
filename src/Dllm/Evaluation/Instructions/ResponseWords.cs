using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Instructions;

/// <summary>
/// Words as the original counts them: runs of letters, digits and underscores; and, for words in capitals, tokens of the Penn Treebank's
/// kind, where hyphens join, punctuation stands alone and endings such as <c>'s</c> and <c>n't</c> are tokens of their own.
/// </summary>
internal static partial class ResponseWords
{
    private const string Separators = "«“‘„»”’`\";@#$%&\u2012\u2013\u2014\u2015?!*[](){}<>";

    /// <summary>The number of runs of letters, digits and underscores.</summary>
    public static int Count(string text)
    {
        var count = 0;
        var inside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var isPart = rune.Value == '_' || Rune.GetUnicodeCategory(rune) <= UnicodeCategory.OtherLetter || IsNumber(rune);
            if (isPart && !inside) count++;
            inside = isPart;
        }

        return count;
    }

    /// <summary>The number of tokens in capitals.</summary>
    public static int Capitals(string text) => Tokens(text).Count(token => PythonCase.IsUpper(token) is true);

    private static bool IsNumber(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    private static IEnumerable<string> Tokens(string text)
    {
        foreach (var chunk in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (var piece in Pieces(chunk))
            {
                foreach (var part in Joined().Replace(piece, " $1$3$5$7 $2$4$6$8 ").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    var ending = Ending().Match(part);
                    yield return part[..(part.Length - ending.Length)];
                    if (ending.Success) yield return ending.Value;
                }
            }
        }
    }

    // What stands between punctuation; a comma or colon before a digit belongs to a number.
    private static IEnumerable<string> Pieces(string chunk)
    {
        var start = 0;
        for (var i = 0; i < chunk.Length; i++)
        {
            var c = chunk[i];
            var next = i + 1 < chunk.Length ? chunk[i + 1] : ' ';
            var length = Separators.Contains(c) || (c is ',' or ':' && !char.IsDigit(next)) ? 1
                : c is '-' or '.' or '\'' && next == c ? 2
                : c == '\'' && (i == 0 || !IsWord(chunk[i - 1])) && IsWord(next) && !Contraction().IsMatch(chunk.AsSpan(i + 1)) ? 1
                : 0;
            if (length == 0) continue;
            if (i > start) yield return chunk[start..i];
            start = i + length;
            i = start - 1;
        }

        if (start < chunk.Length) yield return chunk[start..];
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    [GeneratedRegex(@"^(?:re|ve|ll|m|t|s|d|n)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Contraction();

    [GeneratedRegex("(?<=[^'])(?:'[sS]|'[mM]|'[dD]|'ll|'LL|'re|'RE|'ve|'VE|n't|N'T)$")]
    private static partial Regex Ending();

    // Words that are two.
    [GeneratedRegex(@"\b(?:(can)(not)|(gim|lem)(me)|(gon|wan)(na)|(got)(ta))\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Joined();
}
