using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dllm.Cli.Display;

/// <summary>
/// Something that is drawn again and again in the same place of a terminal, and taken away at the end: also when the process ends in the
/// middle. The window may be resized meanwhile: terminals break the lines that stand there anew, and what is taken back is what they take then.
/// </summary>
internal sealed class LiveRegion : IDisposable
{
    private readonly Terminal _terminal;
    private readonly Lock _gate = new(); // the end of the process, and a resized window, are told on other threads
    private IReadOnlyList<SegmentLine> _lines = [];
    private IRenderable? _shown;
    private bool _isClosed;

    /// <summary>Begins at the cursor's row.</summary>
    /// <param name="terminal">Where.</param>
    public LiveRegion(Terminal terminal)
    {
        _terminal = terminal;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        _terminal.Resized += Redraw;
    }

    /// <summary>Draws another thing; of one that is taller than the screen, the end.</summary>
    public void Show(IRenderable content)
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _shown = content;
            var (width, height) = _terminal.Size();
            var console = _terminal.Console;
            // The last column stays free: behind a character there, terminals differ in where the cursor is.
            int columns = Math.Max(width - 1, 1);
            var lines = Segment.SplitLines(content.Render(RenderOptions.Create(console, console.Profile.Capabilities), columns), columns);
            lines.RemoveRange(0, Math.Max(lines.Count - Math.Max(height - 1, 1), 0));
            var drawn = lines.SelectMany(line => Enumerable.Append(line, Segment.LineBreak).Prepend(Segment.Control("\u001b[2K")));
            Write(Return(width).Concat(drawn).Append(Segment.Control("\u001b[J")));
            _lines = lines;
        }
    }

    /// <summary>Takes it away; the cursor is where it was at the beginning.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        _terminal.Resized -= Redraw;
        Clear();
    }

    /// <summary>How many rows lines of so many columns take on a screen of that width.</summary>
    public static int RowsOf(IEnumerable<int> lengths, int width) => lengths.Sum(length => Math.Max((length + width - 1) / Math.Max(width, 1), 1));

    private void OnExit(object? sender, EventArgs e) => Clear();

    private void Redraw()
    {
        lock (_gate)
        {
            if (_shown is { } shown) Show(shown);
        }
    }

    private void Clear()
    {
        lock (_gate)
        {
            if (!_isClosed && _lines.Count > 0) Write(Return(_terminal.Width).Append(Segment.Control("\u001b[J")));
            (_isClosed, _lines) = (true, []);
        }
    }

    // The cursor stands at the beginning of the row below.
    private IEnumerable<Segment> Return(int width) => _lines.Count == 0 ? []
        : [Segment.Control($"\u001b[{RowsOf(_lines.Select(line => line.CellCount()), width)}A\r")];

    private void Write(IEnumerable<Segment> segments)
    {
        _terminal.Console.Write(new Drawn(segments.ToList()));
        _terminal.Output.Flush();
    }

    private sealed class Drawn(IReadOnlyList<Segment> segments) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => segments;
    }
}
