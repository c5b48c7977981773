using System.Diagnostics;
using System.Globalization;
using Dllm.Evaluation.Running;

namespace Dllm.Cli.Display;

/// <summary>Shows how far an evaluation is, on the error stream: a line that changes on a terminal, a line every half minute in a pipe.</summary>
/// <param name="terminal">Where.</param>
internal sealed class EvalDisplay(Terminal terminal) : IDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(30);

    private readonly StatusLine _status = new(terminal.Error, terminal.ErrorIsInteractive, terminal.Width);
    private Stopwatch _stage = Stopwatch.StartNew();
    private string _name = "";
    private TimeSpan _shown;

    /// <summary>Shows the state, not too often.</summary>
    public void Report(EvalProgress progress)
    {
        if (progress.Stage != _name) (_name, _stage, _shown) = (progress.Stage, Stopwatch.StartNew(), TimeSpan.Zero);
        bool isShort = progress.Done < progress.Total && _stage.Elapsed - _shown < (terminal.ErrorIsInteractive ? Often : Seldom);
        if (isShort && (_shown > TimeSpan.Zero || !terminal.ErrorIsInteractive)) return;
        if (!terminal.ErrorIsInteractive && _stage.Elapsed < Seldom) return;
        _shown = _stage.Elapsed;
        string text = Text(progress, _stage.Elapsed);
        if (terminal.ErrorIsInteractive) _status.Update(text);
        else terminal.Error.WriteLine(text);
    }

    /// <summary>What is shown: how many, how fast, and about how much time is left.</summary>
    public static string Text(EvalProgress progress, TimeSpan elapsed)
    {
        if (progress.Total == 0) return progress.Stage + " …";
        int asked = progress.Done - progress.FromCache;
        string pace = asked > 0 && elapsed.TotalSeconds > 1
            ? string.Create(CultureInfo.InvariantCulture, $", {asked / elapsed.TotalSeconds:0.0} a second, about {Span((progress.Total - progress.Done) * elapsed / asked)} left")
            : "";
        string known = progress.FromCache > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({progress.FromCache:N0} known before)") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{progress.Stage}: {progress.Done:N0} of {progress.Total:N0}{known}{pace}");
    }

    /// <summary>Takes the line away.</summary>
    public void Clear() => _status.Clear();

    /// <inheritdoc/>
    public void Dispose() => _status.Dispose();

    private static string Span(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min")
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s" : $"{Math.Ceiling(time.TotalSeconds)} s";
}
