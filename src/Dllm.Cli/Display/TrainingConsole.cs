using System.Globalization;
using Dllm.Training;

namespace Dllm.Cli.Display;

/// <summary>
/// Shows a run: on a terminal a bar with loss, learning rate, gradient norm, tokens a second and time left, and evaluations above it; in a pipe a
/// line for every logged step and evaluation.
/// </summary>
internal sealed class TrainingConsole : IProgress<TrainingProgress>, IMetricSink
{
    private readonly StatusLine _status;
    private readonly bool _isInteractive;
    private readonly int _width;
    private readonly TextWriter _output;
    private TrainingProgress _last;

    /// <summary>The folder that a run was to be resumed from; null where it is to begin anew.</summary>
    public string? ResumesFrom { get; init; }

    /// <summary>Shows a run on a terminal's output.</summary>
    public TrainingConsole(Terminal terminal)
    {
        _output = terminal.Output;
        _isInteractive = terminal.OutputIsInteractive;
        _width = terminal.Width;
        _status = new StatusLine(terminal.Output, _isInteractive, _width);
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        _last = value;
        if (_isInteractive) _status.Update(Bar(value, _width));
    }

    /// <inheritdoc/>
    public void Write(MetricEvent metrics)
    {
        bool isLog = metrics.Values.Any(value => value.Key == "loss");
        if (isLog && _isInteractive) return; // the bar shows it
        string pace = isLog ? string.Create(CultureInfo.InvariantCulture, $", {_last.TokensPerSecond:N0} tokens/s, {Span(_last.TimeLeft)} left") : "";
        string of = _last.Steps > 0 ? $"/{_last.Steps}" : "";
        string what = isLog ? "" : metrics.Values.Any(value => value.Key == "eval_loss") ? "evaluation after " : "the whole run, ";
        _status.Print($"{what}step {metrics.Step}{of}: {string.Join(", ", metrics.Values.Select(value => $"{value.Key} {Number(value.Value)}"))}{pace}");
        _output.Flush();
    }

    /// <inheritdoc/>
    public void Rewind(int step)
    {
        if (step > 0) _status.Print($"resuming after step {step}");
        else if (step < 0 && ResumesFrom is not null) _status.Print($"no checkpoint to resume in {ResumesFrom}: starting from the beginning");
    }

    /// <summary>Says something that stays.</summary>
    public void Say(string sentence) => _status.Print(sentence);

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _status.Dispose();

    /// <summary>The bar of a run, at most <paramref name="width"/> columns.</summary>
    public static string Bar(TrainingProgress progress, int width)
    {
        string loss = progress.Loss is { } value ? $"loss {Number(value)} · " : "";
        string norm = progress.GradNorm is { } length ? $"grad {Number(length, 3)} · " : "";
        string pace = string.Create(CultureInfo.InvariantCulture, $"{progress.TokensPerSecond:N0} tokens/s · ");
        string Text(string pace) => string.Create(
            CultureInfo.InvariantCulture,
            $" {progress.Step}/{progress.Steps} · {loss}lr {Number(progress.LearningRate, 3)} · {norm}{pace}{Span(progress.TimeLeft)} left");
        string text = Text(pace);
        if (text.Length >= width) text = Text(""); // the pace goes first
        int room = Math.Clamp(width - text.Length - 1, 0, 40);
        int done = (int)((long)room * progress.Step / Math.Max(progress.Steps, 1));
        return new string('█', done) + new string('░', room - done) + text;
    }

    /// <summary>A time as people say it: "12 s", "3 min 05 s", "2 h 10 min".</summary>
    public static string Span(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:00} min"),
    };

    private static string Number(double value, int digits) => value.ToString(Math.Abs(value) is < 0.001 and > 0 ? "0.#e0" : $"G{digits}", CultureInfo.InvariantCulture);

    private static string Number(double value) => Math.Abs(value) is < 0.001 and > 0
        ? value.ToString("0.###e0", CultureInfo.InvariantCulture)
        : value.ToString("0.####", CultureInfo.InvariantCulture);
}
