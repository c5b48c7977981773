namespace Dllm.Training;

/// <summary>Where metrics go: a file, a dashboard, a test.</summary>
public interface IMetricSink : IDisposable
{
    /// <summary>Takes one event. Events come in the order of steps.</summary>
    void Write(MetricEvent metrics);

    /// <summary>
    /// Called once, before anything else, with the step that a run starts from (−1 for a fresh one): what was told of later steps is
    /// void, and will be told again.
    /// </summary>
    void Rewind(int step);

    /// <summary>Makes what was written durable; called before each checkpoint.</summary>
    void Flush();
}
