using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>A group's metrics: those of its tasks, averaged.</summary>
/// <param name="Group">The group.</param>
/// <param name="Metrics">By filter and metric.</param>
public sealed record GroupResult(TaskGroup Group, IReadOnlyList<MetricResult> Metrics);
