using System.Text.RegularExpressions;

namespace Dllm.Evaluation.Maths;

/// <summary>
/// An answer with its form: a formula, an equation's right side, a relation, a list, a tuple, an interval or set, a matrix, or words.
/// </summary>
/// <param name="Form">What encloses the parts: brackets, a relation's sign, a matrix's size; empty for one formula or a list.</param>
/// <param name="Parts">The formulas in LaTeX.</param>
/// <param name="Name">The letter that an equation sets, or null.</param>
internal sealed partial record MathAnswer(string Form, IReadOnlyList<string> Parts, string? Name = null)
{
    private static readonly (string Sign, string Form)[] _relations =
    [
        (@"\leq", "<="), (@"\le", "<="), ("<=", "<="), (@"\geq", ">="), (@"\ge", ">="), (">=", ">="),
        (@"\neq", "!="), (@"\ne", "!="), ("!=", "!="), (@"\lt", "<"), ("<", "<"), (@"\gt", ">"), (">", ">"), ("=", "="),
    ];

    /// <summary>Reads an answer's LaTeX.</summary>
    public static MathAnswer Read(string latex)
    {
        latex = Clean(latex);
        if (DecimalComma().IsMatch(latex)) return new("", [latex]);
        var about = TopLevel(latex, @"\approx").FirstOrDefault(-1);
        if (about > 0) latex = latex[..about].Contains('=') ? latex[..about] : latex[(about + @"\approx".Length)..];
        foreach (var (sign, form) in _relations)
        {
            var at = TopLevel(latex, sign).LastOrDefault(-1);
            if (at <= 0) continue;
            string left = latex[..at], right = latex[(at + sign.Length)..];
            if (form == "=") return Equation(left, right);
            return form[0] == '>' ? new("<" + form[1..], [right, left]) : new(form, [left, right]);
        }

        if (Matrix().Match(latex) is { Success: true } matrix)
        {
            var rows = matrix.Groups[2].Value.Split(@"\\", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return new($"matrix {rows.Length}", [.. rows.SelectMany(row => row.Split('&', StringSplitOptions.TrimEntries))]);
        }

        var parts = Split(latex);
        if (parts.Count > 1) return new("", parts);
        if (Bracket(latex) is not { } bracket) return new("", [latex]);
        parts = Split(bracket.Inner);
        return bracket.Form == "{}" || parts.Count > 1 ? new(bracket.Form, parts) : new("", [latex]);
    }

    // Of x = a = b the last side is the value of x; an equation of expressions stays one.
    private static MathAnswer Equation(string left, string right)
    {
        var first = left[..(TopLevel(left, "=").FirstOrDefault(-1) is var equal and > 0 ? equal : left.Length)].Trim();
        return NameOnly().IsMatch(first) ? Read(right) with { Name = first } : new("=", [first, right.Trim()]);
    }

    private static string Clean(string latex)
    {
        latex = Noise().Replace(latex, "");
        foreach (var fraction in new[] { "dfrac", "tfrac", "cfrac" }) latex = latex.Replace(fraction, "frac");
        latex = latex.Replace("{,}", ",").Replace(@"\in ", "=").Trim().TrimEnd('.');
        latex = Units().Replace(latex, "");
        latex = Words().Replace(latex, match => match.Groups[1].Value.Trim() is var word && word is "and" or "or" ? "," : word);
        latex = Short().Replace(latex, match => $@"\frac{{{match.Groups[1].Value}}}{{{match.Groups[2].Value}}}");
        latex = Roots().Replace(latex, @"\sqrt{$1}");
        return Mixed().Replace(latex, "$1$2+").Trim();
    }

    // A list's parts; a comma before three digits belongs to a number.
    private static List<string> Split(string text)
    {
        var parts = new List<string>();
        var start = 0;
        foreach (var at in TopLevel(text, ","))
        {
            if (at > 0 && char.IsAsciiDigit(text[at - 1]) && Thousands().IsMatch(text.AsSpan(at))) continue;
            parts.Add(text[start..at].Trim());
            start = at + 1;
        }

        parts.Add(text[start..].Trim());
        return [.. parts.Where(part => part.Length > 0)];
    }

    private static (string Form, string Inner)? Bracket(string text)
    {
        if (text.StartsWith(@"\{", StringComparison.Ordinal) && text.EndsWith(@"\}", StringComparison.Ordinal)) return ("{}", text[2..^2]);
        return text.Length > 2 && text[0] is '(' or '[' && text[^1] is ')' or ']' ? ($"{text[0]}{text[^1]}", text[1..^1]) : null;
    }

    // Where a sign stands outside all brackets.
    private static IEnumerable<int> TopLevel(string text, string sign)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (depth == 0 && string.CompareOrdinal(text, i, sign, 0, sign.Length) == 0
                && !(sign[0] == '\\' && i + sign.Length < text.Length && char.IsAsciiLetter(text[i + sign.Length]))) yield return i;
            if (text[i] is '(' or '[' or '{') depth++;
            if (text[i] is ')' or ']' or '}') depth = Math.Max(0, depth - 1);
        }
    }

    // What only lays a formula out, dollars, and degrees.
    [GeneratedRegex(@"\\(?:left|right|displaystyle)(?![A-Za-z])|(?<!\\)\\[!,;: ]|\\?\$|\^\{\\circ\}|\^\\circ|[""~]")]
    private static partial Regex Noise();

    [GeneratedRegex(@"^[A-Za-z](?:_\{?\w+\}?)?(?:\([A-Za-z]\))?$")]
    private static partial Regex NameOnly();

    [GeneratedRegex(@"\\begin\{([pbv]?matrix|array)\}(?:\{[lcr|]*\})?(.*?)\\end\{\1\}", RegexOptions.Singleline, 1000)]
    private static partial Regex Matrix();

    // Behind a number, words in \text and the like are units.
    [GeneratedRegex(
        @"(?<=[0-9}])\s*\\(?:text|mathrm|mbox|textrm|textbf|textnormal)\{(?!\s*(?:and|or)\s*\})[^{}]*\}(?:\^\{?[0-9]\}?)?\s*$",
        RegexOptions.None, 1000)]
    private static partial Regex Units();

    [GeneratedRegex(@"\\(?:text|textbf|mathrm|mbox|textrm|mathbf|textit|textnormal|boxed)\{([^{}]*)\}", RegexOptions.None, 1000)]
    private static partial Regex Words();

    [GeneratedRegex(@"\\frac\s*([0-9])\s*([0-9])", RegexOptions.None, 1000)]
    private static partial Regex Short();

    [GeneratedRegex(@"\\sqrt\s*([0-9A-Za-z])", RegexOptions.None, 1000)]
    private static partial Regex Roots();

    // 3 1/2 is a sum.
    [GeneratedRegex(@"^(-?)([0-9]+)\s*(?=\\frac\{[0-9]+\}\{[0-9]+\}$)", RegexOptions.None, 1000)]
    private static partial Regex Mixed();

    [GeneratedRegex("^-?[0-9]+,(?:[0-9]{1,2}|0[0-9]*)$")]
    private static partial Regex DecimalComma();

    [GeneratedRegex(@"^,\s?[0-9]{3}(?![0-9])", RegexOptions.None, 1000)]
    private static partial Regex Thousands();
}
