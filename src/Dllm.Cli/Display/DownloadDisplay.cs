using System.Diagnostics;
using System.Globalization;
using Dllm.Checkpoints.Hub;

namespace Dllm.Cli.Display;

/// <summary>
/// A download on the error stream: a bar on a terminal; in a pipe a line when a file begins, one each tenth of a large file, and one when
/// it is whole.
/// </summary>
internal sealed class DownloadDisplay : IProgress<HubProgress>, IDisposable
{
    private const int BarWidth = 24;
    private const long Large = 100_000_000;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new(); // several connections report
    private readonly Terminal _terminal;
    private readonly StatusLine _status;
    private readonly Stopwatch _clock = new();
    private string? _file;
    private long _from;
    private int _tenths;
    private TimeSpan _drawn;

    /// <summary>Shows downloads on a terminal's error stream.</summary>
    public DownloadDisplay(Terminal terminal)
    {
        _terminal = terminal;
        _status = new StatusLine(terminal.Error, terminal.ErrorIsInteractive, terminal.Width);
    }

    /// <inheritdoc/>
    public void Report(HubProgress value)
    {
        lock (_gate)
        {
            if (value.File != _file) Begin(value);
            switch (value.Activity)
            {
                case HubActivity.Retrying:
                    _status.Print($"{value.File}: {value.Note}; trying again …");
                    break;
                case HubActivity.Waiting:
                    _status.Print($"{value.File}: another process fetches it; waiting …");
                    break;
                case HubActivity.Verifying:
                    _status.Update($"{value.File}: {ByteSize.Show(value.Size)}, verifying …");
                    break;
                case HubActivity.Done:
                    _status.Clear();
                    _status.Print($"{value.File}: {ByteSize.Show(value.Size)}{Pace(value)}");
                    break;
                default:
                    Advance(value);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _status.Dispose();

    private void Begin(HubProgress value)
    {
        (_file, _from, _tenths, _drawn) = (value.File, value.Bytes, (int)(10 * value.Bytes / Math.Max(1, value.Size)), TimeSpan.Zero);
        _clock.Restart();
        if (_terminal.ErrorIsInteractive || value.Activity != HubActivity.Fetching) return;
        string resumed = value.Bytes > 0 ? $", {ByteSize.Show(value.Bytes)} of it here already" : "";
        _terminal.Error.WriteLine($"{value.File}: fetching {ByteSize.Show(value.Size)}{resumed} …");
    }

    private void Advance(HubProgress value)
    {
        if (_terminal.ErrorIsInteractive)
        {
            if (_clock.Elapsed - _drawn < Redraw) return;
            _drawn = _clock.Elapsed;
            double part = (double)value.Bytes / Math.Max(1, value.Size);
            int filled = (int)(BarWidth * part);
            string bar = new string('█', filled) + new string('░', BarWidth - filled);
            _status.Update(string.Create(
                CultureInfo.InvariantCulture,
                $"{value.File} {bar} {part:P0} of {ByteSize.Show(value.Size)}{Pace(value)}{TimeLeft(value)}"));
            return;
        }

        int tenths = (int)(10 * value.Bytes / Math.Max(1, value.Size));
        if (value.Size < Large || tenths <= _tenths || tenths == 10) return;
        _tenths = tenths;
        _terminal.Error.WriteLine($"{value.File}: {10 * tenths} %{Pace(value)}");
    }

    private string Pace(HubProgress value) => value.Bytes > _from && _clock.Elapsed.TotalSeconds > 0.05
        ? $", {ByteSize.Show((value.Bytes - _from) / _clock.Elapsed.TotalSeconds)}/s"
        : "";

    private string TimeLeft(HubProgress value)
    {
        double pace = (value.Bytes - _from) / Math.Max(_clock.Elapsed.TotalSeconds, 1e-3);
        if (pace <= 0) return "";
        var left = TimeSpan.FromSeconds(Math.Min((value.Size - value.Bytes) / pace, 86_400 * 9));
        return left.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $", {left.TotalHours:0.0} h left")
            : string.Create(CultureInfo.InvariantCulture, $", {left:m\\:ss} left");
    }
}
