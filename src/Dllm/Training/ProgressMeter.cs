namespace Dllm.Training;

/// <summary>Pace of a run: tokens a second over the last steps, and the time left at the pace so far.</summary>
internal sealed class ProgressMeter(TimeProvider clock)
{
    private const int Window = 20;
    private readonly Queue<(long Time, long Tokens)> _recent = new();
    private readonly long _start = clock.GetTimestamp();
    private long _tokens;
    private int _steps;

    /// <summary>Time since the meter was made.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(_start);

    /// <summary>Steps counted.</summary>
    public int Steps => _steps;

    /// <summary>Tokens counted.</summary>
    public long Tokens => _tokens;

    /// <summary>Counts a step.</summary>
    public void Add(long tokens)
    {
        if (_recent.Count == 0) _recent.Enqueue((_start, 0));
        _tokens += tokens;
        _steps++;
        _recent.Enqueue((clock.GetTimestamp(), _tokens));
        if (_recent.Count > Window) _recent.Dequeue();
    }

    /// <summary>Tokens a second over the last steps; 0 before the first.</summary>
    public double TokensPerSecond
    {
        get
        {
            if (_recent.Count < 2) return 0;
            var (time, tokens) = _recent.Peek();
            var (lastTime, lastTokens) = _recent.Last();
            return (lastTokens - tokens) / Math.Max(clock.GetElapsedTime(time, lastTime).TotalSeconds, 1e-9);
        }
    }

    /// <summary>Time for <paramref name="stepsLeft"/> more steps; zero before the first.</summary>
    public TimeSpan TimeLeft(int stepsLeft) => _steps == 0 ? TimeSpan.Zero : Elapsed / _steps * stepsLeft;
}
