using System.Globalization;
using System.Text;
using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Maths;

/// <summary>
/// The final answer of Minerva (Lewkowycz et al., 2022): the sentence that it stands in, and appendix D's way of writing it, which takes
/// out units, articles and dollars. Both equal to the harness's.
/// </summary>
public static class MinervaAnswer
{
    /// <summary>What stands for the answer of a text without the sentence.</summary>
    public const string Invalid = "[invalidanswer]";

    private const string Before = "Final Answer: The final answer is";
    private const string After = " I hope it is correct.";

    private static readonly (string From, string To)[] _substitutions =
    [
        ("an ", ""), ("a ", ""), (".$", "$"), (@"\$", ""), (@"\ ", ""), (" ", ""), ("mbox", "text"), (@",\text{and}", ","),
        (@"\text{and}", ","), (@"\text{m}", @"\text{}"),
    ];

    private static readonly string[] _removed =
    [
        "square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", @"\ldots", "sue", "points", "feet",
        "minutes", "digits", "cents", "degrees", "cm", "gm", "pounds", "meters", "meals", "edges", "students", "childrentickets",
        "multiples", @"\text{s}", @"\text{.}", "\\text{\ns}", @"\text{}^2", @"\text{}^3", "\\text{\n}", @"\text{}", @"\mathrm{th}",
        @"^\circ", @"^{\circ}", @"\;", @",\!", "{,}", "\"", @"\dots",
    ];

    /// <summary>The answer in "Final Answer: The final answer is …. I hope it is correct.", or <see cref="Invalid"/>.</summary>
    /// <param name="text">A model's answer; the sentence may be cut off before its wish.</param>
    public static string Extract(string text)
    {
        text += After[1..];
        for (int at = Find(text, Before, 0), end = 0; at >= 0; at = Find(text, Before, at + 1))
        {
            var start = at + Before.Length;
            if (end <= start) end = Find(text, After, start + 1); // one character at least stands for the full stop
            if (end < 0) break;
            if (text.IndexOf('\n', start, end - start) >= 0) continue;
            var stop = char.IsLowSurrogate(text[end - 1]) ? end - 2 : end - 1;
            return DocumentColumns.Strip(text[start..Math.Max(start, stop)]);
        }

        return Invalid;
    }

    /// <summary>An answer without units, articles, dollars and what only lays it out.</summary>
    public static string Normalize(string answer)
    {
        answer = answer[(answer.LastIndexOf('=') + 1)..];
        foreach (var (from, to) in _substitutions) answer = answer.Replace(from, to, StringComparison.Ordinal);
        foreach (var part in _removed) answer = answer.Replace(part, "", StringComparison.Ordinal);

        answer = string.Join('\n', answer.Split('\n').Select(Dollars));
        answer = Unwrap(answer, @"\text{", false);
        answer = Unwrap(answer, @"\textbf{", false);
        answer = Unwrap(answer, @"\overline{", false);
        answer = Unwrap(answer, @"\boxed{", true);
        answer = Shorthand(Shorthand(answer, "frac", true), "sqrt", false).Replace("$", "");

        var plain = answer.Replace(",", "");
        return plain.Length > 0 && plain.EnumerateRunes().All(IsDigit) ? plain : answer; // 100,000
    }

    private static int Find(string text, string part, int from) =>
        from > text.Length ? -1 : text.IndexOf(part, from, StringComparison.Ordinal);

    // Of a line with two dollars or more, what stands between the first two.
    private static string Dollars(string line)
    {
        var first = line.IndexOf('$');
        var second = first < 0 ? -1 : line.IndexOf('$', first + 1);
        return second < 0 ? line : line[first..(second + 1)];
    }

    // A command's braces taken off: up to the next closing brace of the line, or up to its last.
    private static string Unwrap(string text, string command, bool last)
    {
        var result = new StringBuilder();
        var done = 0;
        for (var at = Find(text, command, 0); at >= 0; at = Find(text, command, Math.Max(at + 1, done)))
        {
            var start = at + command.Length;
            var line = text.IndexOf('\n', start) is var end and >= 0 ? end : text.Length;
            var close = last ? text.LastIndexOf('}', line - 1, line - start) : text.IndexOf('}', start, line - start);
            if (close < 0) done = Copy(result, text, done, line);
            else
            {
                Copy(result, text, done, at);
                result.Append(text, start, close - start);
                done = close + 1;
            }
        }

        Copy(result, text, done, text.Length);
        return result.ToString();
    }

    private static int Copy(StringBuilder result, string text, int from, int to)
    {
        result.Append(text, from, to - from);
        return to;
    }

    // fracab is frac{a}{b}, sqrtab is sqrt{a}b; the second character of a fraction may not be a line break.
    private static string Shorthand(string text, string command, bool two)
    {
        var result = new StringBuilder();
        var done = 0;
        for (var at = Find(text, command, 0); at >= 0; at = Find(text, command, Math.Max(at + 1, done)))
        {
            var first = at + command.Length;
            if (first >= text.Length || text[first] == '{') continue;
            var second = first + Length(text, first);
            var end = second;
            if (two)
            {
                if (second >= text.Length || text[second] == '\n') continue;
                end += Length(text, second);
            }

            result.Append(text, done, first - done).Append('{').Append(text, first, second - first).Append('}');
            if (two) result.Append('{').Append(text, second, end - second).Append('}');
            done = end;
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    private static int Length(string text, int at) => char.IsSurrogatePair(text, at) ? 2 : 1;

    private static bool IsDigit(Rune rune) => CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0;
}
