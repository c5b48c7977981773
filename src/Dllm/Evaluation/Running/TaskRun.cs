using Dllm.Evaluation.Scoring;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>One task of an evaluation: what its file says, and the samples that its results are made of.</summary>
/// <param name="Definition">What its file says.</param>
/// <param name="Shots">The examples of a prompt.</param>
/// <param name="Documents">All documents of its split.</param>
/// <param name="Limited">Those that the limit left, all shards together.</param>
/// <param name="DataHash">The SHA-256 of all documents of the split.</param>
/// <param name="Samples">By document and filter, ascending.</param>
public sealed record TaskRun(
    TaskDefinition Definition, int Shots, int Documents, int Limited, string DataHash, IReadOnlyList<EvalSample> Samples)
{
    /// <summary>The task's name.</summary>
    public string Name => Definition.Name;
}

/// <summary>A task's metric over all its documents.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Filter">The filter's name; <c>none</c> where the task has none.</param>
/// <param name="Value">The aggregate.</param>
/// <param name="StandardError">Of the aggregate; null where there is none (one document, or an aggregation without).</param>
/// <param name="HigherIsBetter">Null where the task does not say.</param>
/// <param name="Count">Documents.</param>
public sealed record MetricResult(string Metric, string Filter, double Value, double? StandardError, bool? HigherIsBetter, int Count);

/// <summary>A task's metrics.</summary>
/// <param name="Run">The task and its samples.</param>
/// <param name="Metrics">By filter and metric, in the task's order.</param>
public sealed record TaskResult(TaskRun Run, IReadOnlyList<MetricResult> Metrics)
{
    /// <summary>Aggregates a task's samples.</summary>
    /// <param name="run">The task and its samples.</param>
    /// <param name="bootstrapIterations">Draws of a bootstrapped standard error; 0 for none.</param>
    /// <exception cref="DllmException">An aggregation is unknown.</exception>
    public static TaskResult Of(TaskRun run, int bootstrapIterations)
    {
        ArgumentNullException.ThrowIfNull(run);
        var scorer = new TaskScorer(run.Definition.Scoring);
        var results = new List<MetricResult>();
        foreach (var samples in run.Samples.GroupBy(sample => sample.Filter))
        {
            foreach (string name in samples.SelectMany(sample => sample.Values.Keys).Distinct())
            {
                var metric = scorer.MetricOf(name);
                var aggregation = MetricAggregation.For(metric);
                MetricValue[] values = [.. samples.Where(sample => sample.Values.ContainsKey(name)).Select(sample => sample.Values[name])];
                results.Add(new MetricResult(
                    name, samples.Key, aggregation.Of(values), aggregation.StandardError(values, bootstrapIterations), metric.HigherIsBetter, values.Length));
            }
        }

        return new TaskResult(run, results);
    }
}
