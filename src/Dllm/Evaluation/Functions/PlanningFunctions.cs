using System.Globalization;
using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Functions;

/// <summary>
/// Puzzles of planning, as in d1 (Zhao et al., 2025): 4x4 sudoku scores the share of the empty cells that are filled right, countdown
/// whether an expression uses each number once and comes to the target.
/// </summary>
internal static class PlanningFunctions
{
    private const double Tolerance = 1e-5;

    public static IReadOnlyDictionary<string, ResultsFunction> Results { get; } = new Dictionary<string, ResultsFunction>
    {
        ["sudoku.process_results"] = (document, answers) => Accuracy(Sudoku(
            document.Document.Text("Puzzle"), document.Document.Text("Solution"), answers.FirstOrDefault() ?? "")),
        ["countdown.process_results"] = (document, answers) => Accuracy(
            Countdown(document.Document.Text("input"), document.Document.Text("output"), answers.FirstOrDefault() ?? "") ? 1 : 0),
    };

    /// <summary>The share of empty cells (0) that the answer's first digits, one a cell, fill as the solution does.</summary>
    internal static double Sudoku(string puzzle, string solution, string answer)
    {
        string cells = Tagged(answer);
        string digits = string.Concat(cells.Where(char.IsAsciiDigit).Take(solution.Length));
        int[] empty = [.. Enumerable.Range(0, Math.Min(puzzle.Length, solution.Length)).Where(i => puzzle[i] == '0')];
        return empty.Length == 0 ? 0 : empty.Count(i => i < digits.Length && digits[i] == solution[i]) / (double)empty.Length;
    }

    /// <summary>Whether the answer's expression uses each of the numbers once and has the target's value.</summary>
    internal static bool Countdown(string numbers, string target, string answer)
    {
        string expression = Tagged(answer).Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault("").Split('=')[0].Trim();
        if (Arithmetic.Evaluate(expression) is not { } result) return false;
        if (!double.TryParse(target, NumberStyles.Float, CultureInfo.InvariantCulture, out double wanted)) return false;
        var given = numbers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
        return Math.Abs(result.Value - wanted) < Tolerance && result.Numbers.Order(StringComparer.Ordinal).SequenceEqual(given);
    }

    // Models trained on these puzzles put the answer between tags.
    private static string Tagged(string answer)
    {
        const string Open = "<answer>", Close = "</answer>";
        int from = answer.LastIndexOf(Open, StringComparison.Ordinal);
        if (from < 0) return answer;
        int to = answer.IndexOf(Close, from, StringComparison.Ordinal);
        return answer[(from + Open.Length)..(to < 0 ? answer.Length : to)];
    }

    private static Dictionary<string, MetricValue> Accuracy(double value) => new() { ["acc"] = new(value) };
}
