using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dllm.Evaluation.Execution;

namespace Dllm.Evaluation.Functions;

/// <summary>Tasks whose answers are programs that have to pass tests: HumanEval (Chen et al., 2021), MBPP (Austin et al., 2021).</summary>
internal static partial class CodeFunctions
{
    private const string Fence = "```";
    private const string PythonFence = Fence + "python\n";

    public static IReadOnlyDictionary<string, FilterFunction> Filters { get; } = new Dictionary<string, FilterFunction>
    {
        ["humaneval.build_predictions"] = (answers, document) => [.. answers.Select(answer => document.Text("prompt") + answer)],
        ["humaneval.build_predictions_instruct"] = (answers, document) => [.. answers.Select(answer => document.Text("prompt") + UntilFence(answer))],
        ["humaneval.build_predictions_instruct_dream"] = (answers, document) =>
            [.. answers.Select(answer => $"{document.Text("prompt")}\n{UntilFence(answer.Split(PythonFence, 2)[^1])}")],
        ["humaneval_infilling.build_predictions"] = (answers, document) =>
            [.. answers.Select(answer => document.Text("prompt") + answer + document.Text("suffix"))],
        ["mbpp.build_predictions"] = (answers, _) => [.. answers.Select(FirstBlock)],
    };

    public static IReadOnlyDictionary<string, MetricFunction> Metrics { get; } = new Dictionary<string, MetricFunction>
    {
        ["humaneval.pass_at_k"] = PassAtK,
        ["humaneval_infilling.pass_at_k"] = PassAtK,
        ["mbpp.pass_at_1"] = (references, predictions, _, executor) =>
            new Dictionary<string, double> { ["pass_at_1"] = PassAt(1, predictions.Count, Right(references, predictions, executor)) },
    };

    /// <summary>The chance that of <paramref name="k"/> of the answers at least one is right: 1 - C(n - c, k) / C(n, k).</summary>
    internal static double PassAt(int k, int count, int right)
    {
        if (count - right < k) return 1;
        double miss = 1;
        for (int i = count - right + 1; i <= count; i++) miss *= 1 - ((double)k / i);
        return 1 - miss;
    }

    private static IReadOnlyDictionary<string, double> PassAtK(
        IReadOnlyList<string> references, IReadOnlyList<string> predictions, MetricDefinition metric, ICodeExecutor? executor)
    {
        int right = Right(references, predictions, executor);
        var asked = metric.Arguments["k"] is JsonArray several ? several.Select(k => k!.Deserialize<int>()) : [metric.Arguments["k"]?.Deserialize<int>() ?? 1];
        // As the original: a k beyond the number of answers is left out.
        return asked.Where(k => k <= predictions.Count).ToDictionary(
            k => string.Create(CultureInfo.InvariantCulture, $"pass@{k}"), k => PassAt(k, predictions.Count, right));
    }

    private static int Right(IReadOnlyList<string> references, IReadOnlyList<string> predictions, ICodeExecutor? executor)
    {
        if (executor is null) throw new DllmException("a task runs programs that the model writes", "allow it with --allow-code-execution");
        string tests = string.Join('\n', references);
        return predictions.Count(program => executor.Run($"{program}\n{tests}").Outcome == CodeOutcome.Passed);
    }

    private static string UntilFence(string answer) =>
        answer.IndexOf(Fence, StringComparison.Ordinal) is >= 0 and var end ? answer[..end] : answer;

    // The answer goes on behind an opened block; where that gives none, blocks of its own count.
    private static string FirstBlock(string answer)
    {
        var match = Block().Match(Fence + answer);
        if (!match.Success) match = Block().Match(answer.Replace("```python", Fence, StringComparison.Ordinal));
        return match.Groups[1].Value;
    }

    [GeneratedRegex(@"```(?:\w+)?\n?(.*?)\n?```", RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Block();
}
