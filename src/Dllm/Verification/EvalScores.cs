using System.Text.Json;
using Dllm.Evaluation;
using Dllm.Evaluation.Scoring;
using Dllm.Evaluation.Tasks;

namespace Dllm.Verification;

/// <summary>
/// The half of a task's verification behind the answers: what filters leave of them, each document's metrics, and their aggregates. Tasks
/// that score by a hook of their own are not compared here.
/// </summary>
internal static class EvalScores
{
    private const double Tolerance = 1e-9;

    /// <summary>The comparisons of a case's <c>scored</c> list.</summary>
    public static IEnumerable<CheckResult> Verify(JsonElement json, EvalTask task)
    {
        var scorer = new TaskScorer(task.Scoring);
        if (scorer.MissingHook is not null) yield break;
        foreach (var (number, scored) in json.Items("scored"))
        {
            foreach (var filter in task.Scoring.Filters)
            {
                string name = $"scored[{number}].{filter.Name}";
                var expected = scored.GetProperty("by_filter").GetProperty(filter.Name);
                DocumentScore[] scores = [.. Enumerable.Range(0, task.DocumentCount).Select(i => Score(scorer, task.Document(i), scored, i, filter))];
                for (var i = 0; i < scores.Length; i++)
                {
                    if (scored.Optional("outputs") is not null)
                        yield return CheckResult.EqualSequence($"{name}.filtered[{i}]", expected.GetProperty("filtered")[i].Texts(), scores[i].Filtered);
                    foreach (var metric in expected.GetProperty("metrics")[i].EnumerateObject())
                        yield return CheckResult.Close($"{name}.{metric.Name}[{i}]", metric.Value.GetDouble(), Value(scores[i], metric.Name), Tolerance);
                }

                foreach (var metric in task.Scoring.Metrics)
                {
                    yield return CheckResult.Close(
                        $"{name}.{metric.Metric}", expected.GetProperty("aggregated").GetProperty(metric.Metric).GetDouble(),
                        TaskScorer.Aggregate(metric, [.. scores.Select(score => score.Values[metric.Metric])]), Tolerance);
                }
            }
        }
    }

    private static double Value(DocumentScore score, string metric) => score.Values.TryGetValue(metric, out var value) ? value.Value : double.NaN;

    private static DocumentScore Score(TaskScorer scorer, ScoredDocument document, JsonElement scored, int index, FilterDefinition filter)
    {
        if (scored.Optional("outputs") is { } outputs) return scorer.Score(document, [new TextAnswer(outputs[index].GetString()!)], filter);
        LikelihoodAnswer[] answers =
            [.. scored.GetProperty("loglikelihoods")[index].EnumerateArray().Select(pair => new LikelihoodAnswer(pair[0].GetDouble(), pair[1].GetBoolean()))];
        return scorer.Score(document, answers);
    }
}
