namespace Dllm.Training;

/// <summary>Where metrics go: a file, a dashboard, a test.</summary>
public interface IMetricSink : IDisposable
{
    /// <summary>Takes one event. Events come in the order of steps.</summary>
    void Write(MetricEvent metrics);

    /// <summary>Called once when a run is resumed: what was told of steps after <paramref name="step"/> is void and will be told again.</summary>
    void Rewind(int step);

    /// <summary>Makes what was written durable; called before each checkpoint.</summary>
    void Flush();
}
