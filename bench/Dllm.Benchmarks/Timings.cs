using System.Diagnostics;

namespace Dllm.Benchmarks;

/// <summary>Medians of wall and processor time, the first run left out.</summary>
internal sealed class Timings
{
    private readonly List<double> _wall = [];
    private readonly List<double> _processor = [];

    /// <summary>The last run's.</summary>
    public double LastSeconds => _wall[^1];

    public double Seconds => Median(_wall);

    public double ProcessorSeconds => Median(_processor);

    public T Time<T>(Func<T> work)
    {
        var (clock, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var result = work();
        _wall.Add(clock.Elapsed.TotalSeconds);
        _processor.Add((Environment.CpuUsage.TotalTime - processor).TotalSeconds);
        return result;
    }

    private static double Median(List<double> times)
    {
        double[] sorted = [.. times.Skip(1).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
