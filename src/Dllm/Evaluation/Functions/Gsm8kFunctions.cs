using System.Globalization;
using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Functions;

/// <summary>
/// GSM8K (Cobbe et al., 2021) answered with reasoning, as d1 (Zhao et al., 2025) reads it: the number in the first <c>\boxed{…}</c> that
/// has one, else the number between <c>&lt;answer&gt;</c> and its end; equal as a number to what follows <c>####</c> in the solution.
/// </summary>
internal static class Gsm8kFunctions
{
    private static readonly PythonRegex _boxed = new(@"\\boxed{(.*?)}");
    private static readonly PythonRegex _tagged = new("(?s)<answer>(.*?)</answer>");
    private static readonly PythonRegex _number = new(@"-?\d+\.?\d*");
    private static readonly PythonRegex _float =
        new(@"(?i)\A[+-]?(?:inf(?:inity)?|nan|(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?)\Z");

    public static IReadOnlyDictionary<string, ResultsFunction> Results { get; } = new Dictionary<string, ResultsFunction>
    {
        ["gsm8k.process_results"] = (document, answers) => new Dictionary<string, MetricValue>
        {
            ["exact_match"] = new(Solution(document.Document.Text("answer")) is { } right && Answer(answers.FirstOrDefault("")) == right ? 1 : 0),
        },
    };

    /// <summary>The number that an answer gives, or null.</summary>
    internal static double? Answer(string answer) =>
        _boxed.FindAll(answer).Select(match => Read(match[0], last: false)).FirstOrDefault(value => value is not null)
        ?? (_tagged.Search(answer) is [_, var inside] ? Read(inside, last: true) : null);

    // The whole text as Python's float() reads it, or the first or last number in it.
    private static double? Read(string text, bool last)
    {
        text = DocumentColumns.Strip(text);
        if (Parse(text) is { } whole) return whole;
        var numbers = _number.FindAll(text);
        return numbers.Count == 0 ? null : Parse(numbers[last ? numbers.Count - 1 : 0][0]);
    }

    private static double? Solution(string answer) =>
        answer.Split("####") is [_, .., var number] ? Parse(DocumentColumns.Strip(number).Replace(",", "", StringComparison.Ordinal)) : null;

    private static double? Parse(string text)
    {
        if (_float.Search(text) is null) return null;
        if (text.Contains('n', StringComparison.OrdinalIgnoreCase)) return text.Contains('a', StringComparison.OrdinalIgnoreCase) ? double.NaN : Infinity(text);
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
    }

    private static double Infinity(string text) => text.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity;
}
