using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>A group's metrics: those of its tasks, averaged.</summary>
/// <param name="Group">The group.</param>
/// <param name="Metrics">By metric and filter.</param>
/// <param name="Shots">The examples of a prompt, where all its tasks have as many; else null.</param>
public sealed record GroupResult(TaskGroup Group, IReadOnlyList<MetricResult> Metrics, int? Shots = null)
{
    /// <summary>
    /// The groups that average (<c>aggregate_metric_list</c>): each metric's mean over the tasks below, by documents unless
    /// <c>weight_by_size</c> is false, with the standard error of the pooled sample, as the harness computes both.
    /// </summary>
    /// <param name="groups">The groups, of which some may be members of others.</param>
    /// <param name="results">The tasks' results.</param>
    public static IReadOnlyList<GroupResult> Of(IReadOnlyList<TaskGroup> groups, IReadOnlyList<TaskResult> results)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(results);
        var byName = groups.ToDictionary(group => group.Name);
        return [.. groups.Where(group => group.Aggregates.Count > 0).Select(group =>
        {
            var tasks = Tasks(group.Name).Distinct().SelectMany(name => results.Where(result => result.Run.Name == name)).ToArray();
            int[] shots = [.. tasks.Select(task => task.Run.Shots).Distinct()];
            return new GroupResult(group, [.. group.Aggregates.SelectMany(aggregate => Aggregate(aggregate, tasks))], shots is [var same] ? same : null);
        })];

        IEnumerable<string> Tasks(string name) => byName.TryGetValue(name, out var group) ? group.Members.SelectMany(Tasks) : [name];
    }

    private static IEnumerable<MetricResult> Aggregate(AggregateMetric aggregate, TaskResult[] tasks) => tasks
        .SelectMany(task => task.Metrics)
        .Where(metric => metric.Metric == aggregate.Metric && (aggregate.Filters.Count == 0 || aggregate.Filters.Contains(metric.Filter)))
        .GroupBy(metric => metric.Filter)
        .Select(parts => Join([.. parts], aggregate.WeighsBySize));

    private static MetricResult Join(MetricResult[] parts, bool weighsBySize)
    {
        int count = parts.Sum(part => part.Count);
        double value = weighsBySize ? parts.Sum(part => part.Value * part.Count) / count : parts.Average(part => part.Value);
        return parts[0] with { Value = value, StandardError = Pooled(parts, count), Count = count };
    }

    private static double? Pooled(MetricResult[] parts, int count)
    {
        if (count <= parts.Length || parts.Any(part => part.StandardError is null)) return null;
        double squares = parts.Sum(part => (part.Count - 1.0) * part.StandardError!.Value * part.StandardError.Value * part.Count);
        return Math.Sqrt(squares / (count - parts.Length) / count);
    }
}
