using System.Text.RegularExpressions;
using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Maths;

/// <summary>
/// Finds the answer in a text as math_verify does with its defaults, by the best sign there is: the sentence "The final answer is … I hope
/// it is correct", the last box, what follows "answer is", the last formula, the last number.
/// </summary>
internal static partial class AnswerSearch
{
    /// <summary>The answer's LaTeX, or null when the text has none.</summary>
    public static string? Find(string text)
    {
        if (MinervaAnswer.Extract(text) is var sentence && sentence != MinervaAnswer.Invalid) return Bare(sentence);
        if (BoxedAnswer.Last(text) is { } boxed) return boxed;
        var said = text.LastIndexOf("answer", StringComparison.OrdinalIgnoreCase) is var at and >= 0 ? text[at..] : "";
        return Formula(said, first: true) ?? Number(said, first: true) ?? Formula(text, first: false) ?? Number(text, first: false);
    }

    private static string Bare(string sentence) => Formula(sentence, first: true) ?? sentence;

    // What stands between dollars or in \( \) or \[ \].
    private static string? Formula(string text, bool first)
    {
        var found = Formulas().Matches(text).Where(match => match.Length > 2);
        return (first ? found.FirstOrDefault() : found.LastOrDefault()) is { } match
            ? match.Groups.Values.Skip(1).First(group => group.Success).Value
            : null;
    }

    private static string? Number(string text, bool first)
    {
        var found = Numbers().Matches(text);
        return found.Count == 0 ? null : (first ? found[0] : found[^1]).Value;
    }

    [GeneratedRegex(@"\$\$([^$]+)\$\$|(?<!\\)\$((?:\\\$|[^$])+)(?<!\\)\$|\\\[([^\[]+?)\\\]|\\\(([^(]+?)\\\)", RegexOptions.None, 1000)]
    private static partial Regex Formulas();

    // A number with its thousands and decimals, a fraction, a percentage.
    [GeneratedRegex(
        @"(?<![\w.])-?(?:[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]+)?(?:(?<=[0-9])[.,][0-9]+|\.[0-9]+|(?<=[0-9]))(?:\s*/\s*[0-9]+)?(?:\s*\\?%)?",
        RegexOptions.None, 1000)]
    private static partial Regex Numbers();
}
