using System.Globalization;
using Dllm.Evaluation.Running;

namespace Dllm.Cli.Display;

/// <summary>
/// Shows how far an evaluation is, on the error stream: a line that changes on a terminal; in a pipe a line when a stage begins, every few
/// seconds while it goes on, and when the model has answered all.
/// </summary>
internal sealed class EvalDisplay : IDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Terminal _terminal;
    private readonly StatusLine _status;
    private readonly TimeProvider _clock;
    private readonly ITimer _beat; // a forward may take long, and says nothing meanwhile
    private readonly long _begun;
    private EvalProgress _last;
    private long _stage;
    private long? _shown;
    private bool _isOver = true;

    /// <summary>Begins.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="clock">Measures; null is the system's.</param>
    public EvalDisplay(Terminal terminal, TimeProvider? clock = null)
    {
        (_terminal, _clock) = (terminal, clock ?? TimeProvider.System);
        _status = new StatusLine(terminal.Error, terminal.ErrorIsInteractive, terminal.Width);
        _begun = _clock.GetTimestamp();
        _beat = _clock.CreateTimer(_ => Beat(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>A stage without a number begins.</summary>
    public void Begin(string stage) => Report(new EvalProgress(stage, 0, 0, 0));

    /// <summary>Shows the state, not too often.</summary>
    public void Report(EvalProgress progress)
    {
        lock (_gate)
        {
            bool isNew = _isOver || progress.Stage != _last.Stage;
            if (isNew) (_stage, _shown) = (_clock.GetTimestamp(), null);
            (_last, _isOver) = (progress, false);
            bool isEnd = progress.Total > 0 && progress.Done == progress.Total;
            if (isNew || (isEnd && (_terminal.ErrorIsInteractive || IsAsked(progress))) || IsDue()) Show();
        }
    }

    /// <summary>What is shown: how many, how fast, and about how much time is left.</summary>
    public static string Text(EvalProgress progress, TimeSpan elapsed)
    {
        if (progress.Total == 0) return progress.Stage + " …";
        int asked = progress.Done - progress.FromCache;
        bool isDone = progress.Done == progress.Total;
        string pace = asked > 0 && elapsed.TotalSeconds > 1
            ? string.Create(CultureInfo.InvariantCulture, $", {asked / elapsed.TotalSeconds:0.0} a second{(isDone ? "" : $", about {Span((progress.Total - progress.Done) * elapsed / asked)} left")}")
            : "";
        string known = progress.FromCache > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({progress.FromCache:N0} known before)") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{progress.Stage}: {progress.Done:N0} of {progress.Total:N0}{known}{pace}");
    }

    /// <summary>Takes the line away, and shows no more of this stage.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _isOver = true;
            _status.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _beat.Dispose();
        Clear();
        _status.Dispose();
    }

    private void Beat()
    {
        lock (_gate)
        {
            if (!_isOver && IsDue()) Show();
        }
    }

    private static bool IsAsked(EvalProgress progress) => progress.Stage is EvalProgress.Likelihoods or EvalProgress.Texts;

    // In a pipe the lines of a run of hours become fewer.
    private bool IsDue() => _shown is not { } shown || _clock.GetElapsedTime(shown) >= (_terminal.ErrorIsInteractive
        ? Often
        : TimeSpan.FromSeconds(Math.Clamp(_clock.GetElapsedTime(_begun).TotalSeconds / 60, Least.TotalSeconds, Most.TotalSeconds)));

    private void Show()
    {
        _shown = _clock.GetTimestamp();
        string text = Text(_last, _clock.GetElapsedTime(_stage));
        if (_terminal.ErrorIsInteractive) _status.Update(text);
        else _terminal.Error.WriteLine(VisibleText.Line(text));
    }

    private static string Span(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min")
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s" : $"{Math.Ceiling(time.TotalSeconds)} s";
}
