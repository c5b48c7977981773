using System.Text.Json;
using Dllm.Evaluation;
using Dllm.Evaluation.Execution;
using Dllm.Evaluation.Scoring;
using Dllm.Evaluation.Tasks;

namespace Dllm.Verification;

/// <summary>
/// The half of a task's verification behind the answers: what filters leave of them, each document's metrics, and their aggregates. What
/// cannot be compared is said: tasks that run programs where that is not allowed, and values that the recording itself lacks.
/// </summary>
/// <param name="executor">Runs recorded programs; null where that is not allowed.</param>
internal sealed class EvalScores(ICodeExecutor? executor)
{
    private const double Tolerance = 1e-9;

    // Recorded where the library that finds it was not installed: nothing, whatever the answer.
    private const string UnrecordedMetric = "math_verify";

    /// <summary>The comparisons of a case's <c>scored</c> list.</summary>
    public IEnumerable<CheckResult> Verify(JsonElement json, EvalTask task)
    {
        foreach (var (number, scored) in json.Items("scored"))
        {
            foreach (var filter in task.Scoring.Filters)
            {
                foreach (var check in Verify($"scored[{number}].{filter.Name}", scored, task, filter)) yield return check;
            }
        }
    }

    private IEnumerable<CheckResult> Verify(string name, JsonElement scored, EvalTask task, FilterDefinition filter)
    {
        var expected = scored.GetProperty("by_filter").GetProperty(filter.Name);
        bool isRefused = task.Definition.RunsCode && executor is null;
        var scorer = new TaskScorer(isRefused ? task.Scoring with { Metrics = [] } : task.Scoring, executor); // filters only, or all
        if (Unknown(scorer) is { } reason)
        {
            yield return CheckResult.Missing(name, reason);
            yield break;
        }

        if (isRefused) yield return CheckResult.Missing($"{name}.metrics", "the recorded programs are not run");
        DocumentScore[] scores = [.. Enumerable.Range(0, task.DocumentCount).Select(i => Score(scorer, task.Document(i), scored, i, filter))];
        for (var i = 0; i < scores.Length; i++)
        {
            if (scored.Optional("outputs") is not null)
                yield return CheckResult.EqualSequence($"{name}.filtered[{i}]", [.. Texts(expected.GetProperty("filtered")[i])], scores[i].Filtered);
            if (isRefused) continue;
            foreach (var metric in expected.GetProperty("metrics")[i].EnumerateObject())
            {
                yield return Compare($"{name}.{metric.Name}[{i}]", metric.Name, metric.Value, Value(scores[i], metric.Name));
            }
        }

        foreach (string metric in scores.SelectMany(score => score.Values.Keys).Distinct())
        {
            double actual = MetricAggregation.For(scorer.MetricOf(metric)).Of([.. scores.Select(score => score.Values[metric])]);
            yield return Compare($"{name}.{metric}", metric, expected.GetProperty("aggregated").GetProperty(metric), actual);
        }
    }

    private static CheckResult Compare(string name, string metric, JsonElement expected, double actual)
    {
        if (metric == UnrecordedMetric) return CheckResult.Missing(name, "the recording has no value for it");
        return expected.ValueKind == JsonValueKind.String
            ? CheckResult.Missing(name, $"the recording has '{expected.GetString()}' in its place")
            : CheckResult.Close(name, Number(expected), actual, Tolerance);
    }

    private static string? Unknown(TaskScorer scorer)
    {
        try
        {
            scorer.Check();
            return null;
        }
        catch (DllmException e)
        {
            return e.Message;
        }
    }

    // A text, or a list of them: what one filter leaves of a document's answers.
    private static IEnumerable<string> Texts(JsonElement filtered) => filtered.ValueKind == JsonValueKind.Array
        ? filtered.EnumerateArray().SelectMany(Texts)
        : [filtered.GetString()!];

    // Recorded truths are 1 and 0, and those of a list their sum.
    private static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.Array => value.EnumerateArray().Sum(Number),
        _ => value.GetDouble(),
    };

    private static double Value(DocumentScore score, string metric) => score.Values.TryGetValue(metric, out var value) ? value.Value : double.NaN;

    private static DocumentScore Score(TaskScorer scorer, ScoredDocument document, JsonElement scored, int index, FilterDefinition filter)
    {
        if (scored.Optional("outputs") is { } outputs) return scorer.Score(document, [new TextAnswer(outputs[index].GetString()!)], filter);
        LikelihoodAnswer[] answers =
            [.. scored.GetProperty("loglikelihoods")[index].EnumerateArray().Select(pair => new LikelihoodAnswer(pair[0].GetDouble(), pair[1].GetBoolean()))];
        return scorer.Score(document, answers);
    }
}
