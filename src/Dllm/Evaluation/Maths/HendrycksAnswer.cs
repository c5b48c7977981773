using System.Globalization;
using System.Text;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Maths;

/// <summary>
/// The comparison of MATH's authors (Hendrycks et al., 2021): two answers are equal when their LaTeX is, after it was brought to one way
/// of writing. Where that fails (a fraction that is cut short, a slash between letters, two units), the texts as they are decide.
/// </summary>
public static class HendrycksAnswer
{
    private static readonly (string From, string To)[] _replacements =
    [
        ("\n", ""), (@"\!", ""), (@"\\", @"\"), ("tfrac", "frac"), ("dfrac", "frac"), (@"\left", ""), (@"\right", ""),
        (@"^{\circ}", ""), (@"^\circ", ""), (@"\$", ""),
    ];

    private static readonly char[] _whitespace = PythonText.Whitespace.ToCharArray();

    /// <summary>Whether two answers are the same; an answer that is missing is the same as another that is.</summary>
    public static bool AreEqual(string? first, string? second)
    {
        if (first is null || second is null) return first is null && second is null;
        return Normalize(first) is { } a && Normalize(second) is { } b ? a == b : first == second;
    }

    /// <summary>An answer in the one way of writing; null where it has none.</summary>
    public static string? Normalize(string answer)
    {
        foreach (var (from, to) in _replacements) answer = answer.Replace(from, to, StringComparison.Ordinal);

        var units = answer.Split(@"\text{ "); // on the right: only units begin with a blank
        if (units.Length > 2) return null;
        answer = units[0].Replace(@"\%", "").Replace(" .", " 0.").Replace("{.", "{0.");
        if (answer.Length == 0) return answer;
        if (answer[0] == '.') answer = "0" + answer;

        var sides = answer.Split('=');
        if (sides.Length == 2 && sides[0].EnumerateRunes().Count() <= 2) answer = sides[1]; // x = 5

        if (Roots(answer) is not { } rooted) return null;
        if (Fractions(rooted.Replace(" ", "")) is not { } whole) return null;
        return Slash(whole == "0.5" ? @"\frac{1}{2}" : whole);
    }

    /// <summary><c>\sqrt3</c> is <c>\sqrt{3}</c>.</summary>
    private static string? Roots(string text)
    {
        var parts = text.Split(@"\sqrt");
        var result = new StringBuilder(parts[0]);
        foreach (var part in parts.Skip(1))
        {
            if (part.Length == 0) return null;
            var first = FirstLength(part, 0);
            if (part[0] == '{') result.Append(@"\sqrt").Append(part);
            else result.Append(@"\sqrt{").Append(part, 0, first).Append('}').Append(part, first, part.Length - first);
        }

        return result.ToString();
    }

    /// <summary><c>\frac12</c> and <c>\frac1{2}</c> are <c>\frac{1}{2}</c>; one that is cut short leaves all as it is.</summary>
    private static string? Fractions(string text)
    {
        var parts = text.Split(@"\frac");
        var result = new StringBuilder(parts[0]);
        foreach (var part in parts.Skip(1))
        {
            if (part.Length == 0) return null;
            result.Append(@"\frac");
            if (part[0] == '{')
            {
                result.Append(part);
                continue;
            }

            var first = FirstLength(part, 0);
            if (first == part.Length) return text;
            var second = first + FirstLength(part, first);
            result.Append('{').Append(part, 0, first).Append('}');
            if (part[first] == '{') result.Append(part, first, part.Length - first);
            else result.Append('{').Append(part, first, second - first).Append('}').Append(part, second, part.Length - second);
        }

        return result.ToString();
    }

    /// <summary>A whole number over another is a fraction; null where a single slash stands between anything else.</summary>
    private static string? Slash(string text)
    {
        var sides = text.Split('/');
        if (sides.Length != 2) return text;
        if (!IsWhole(sides[0]) || !IsWhole(sides[1])) return null;
        return IsPlain(sides[0]) && IsPlain(sides[1]) ? $@"\frac{{{sides[0]}}}{{{sides[1]}}}" : text;
    }

    // What Python's int() reads: blanks around, a sign, digits of any script with single underscores between them, 4300 at most.
    private static bool IsWhole(string text)
    {
        var digits = text.Trim(_whitespace);
        if (digits is ['+' or '-', ..]) digits = digits[1..];
        int count = 0;
        var afterDigit = false;
        foreach (var rune in digits.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber) (count, afterDigit) = (count + 1, true);
            else if (rune.Value == '_' && afterDigit) afterDigit = false;
            else return false;
        }

        return afterDigit && count <= 4300;
    }

    private static bool IsPlain(string number)
    {
        var digits = number.StartsWith('-') ? number[1..] : number;
        return digits.All(char.IsAsciiDigit) && (digits[0] != '0' || number == "0");
    }

    private static int FirstLength(string text, int at) => char.IsSurrogatePair(text, at) ? 2 : 1;
}
