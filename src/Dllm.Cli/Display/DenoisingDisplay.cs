using System.Diagnostics;
using Dllm.Sampling;
using Spectre.Console;
using Spectre.Console.Rendering;
using Canvas = Dllm.Sampling.Canvas;

namespace Dllm.Cli.Display;

/// <summary>Shows the steps of a sampler: live on a terminal (masks visible, new tokens highlighted), a line a step in a pipe, or not at all.</summary>
/// <param name="terminal">Where to show.</param>
/// <param name="text">How tokens become text.</param>
internal sealed class DenoisingDisplay(Terminal terminal, CanvasText text)
{
    private static readonly Style GivenStyle = new(foreground: Color.Grey);
    private static readonly Style MaskedStyle = new(foreground: Color.Grey42);
    private static readonly HashSet<int> NoColumns = [];
    private static readonly TimeSpan ShortestFrame = TimeSpan.FromMilliseconds(40);

    // Where colours are not welcome, reversed letters tell what is new.
    private readonly Style _changedStyle = terminal.UsesColour
        ? new(foreground: Color.Black, background: Color.Green3)
        : new(decoration: Decoration.Invert);

    /// <summary>The first column to show, by row (0 where it is not given): the prompt of a conversation is known already.</summary>
    public IReadOnlyList<int> From { get; init; } = [];

    /// <summary>Shows each step for at least so long: small models are faster than the eye.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>Runs a sampler without showing anything.</summary>
    public static SamplingPace RunSilently(ISampler sampler, Canvas canvas, CancellationToken cancellation)
    {
        var pace = new SamplingPace();
        foreach (var _ in pace.Measure(sampler.Sample(canvas, cancellation), canvas.MaskTokenId)) ;
        return pace;
    }

    /// <summary>Runs a sampler and writes a line a step.</summary>
    public SamplingPace RunInLines(ISampler sampler, Canvas canvas, TextWriter output, CancellationToken cancellation)
    {
        var pace = new SamplingPace();
        foreach (var step in pace.Measure(sampler.Sample(canvas, cancellation), canvas.MaskTokenId))
        {
            for (int row = 0; row < canvas.Rows; row++)
                output.WriteLine($"step {step.Step}/{step.Steps} {Number(canvas, row)}{CanvasText.OneLine(Spans(canvas, row, NoColumns))}");
        }

        return pace;
    }

    /// <summary>Runs a sampler and redraws the canvas in place; it is taken away at the end.</summary>
    public SamplingPace RunLive(ISampler sampler, Canvas canvas, CancellationToken cancellation)
    {
        var pace = new SamplingPace();
        using var region = new LiveRegion(terminal);
        var shown = Stopwatch.StartNew();
        var changed = new ChangedColumns(canvas);
        foreach (var step in pace.Measure(sampler.Sample(canvas, cancellation), canvas.MaskTokenId))
        {
            changed.Add(step);
            if (Hold == TimeSpan.Zero && step.MasksLeft > 0 && shown.Elapsed < ShortestFrame) continue;
            var left = Hold - shown.Elapsed;
            if (left > TimeSpan.Zero && cancellation.WaitHandle.WaitOne(left)) cancellation.ThrowIfCancellationRequested();
            shown.Restart();
            region.Show(Draw(canvas, step, pace, changed));
            changed.Clear();
        }

        if (Hold > TimeSpan.Zero) cancellation.WaitHandle.WaitOne(Hold);
        return pace;
    }

    /// <summary>Live on a terminal, in lines in a pipe.</summary>
    public SamplingPace Run(ISampler sampler, Canvas canvas, CancellationToken cancellation) => terminal.OutputIsInteractive
        ? RunLive(sampler, canvas, cancellation)
        : RunInLines(sampler, canvas, terminal.Output, cancellation);

    private static string Number(Canvas canvas, int row) => canvas.Rows > 1 ? $"[{row + 1}] " : "";

    private IReadOnlyList<CanvasSpan> Spans(Canvas canvas, int row, IReadOnlySet<int> changed) =>
        text.Row(canvas, row, changed, row < From.Count ? From[row] : 0);

    private Rows Draw(Canvas canvas, SampleStep step, SamplingPace pace, ChangedColumns changed)
    {
        var lines = new List<IRenderable>();
        for (int row = 0; row < canvas.Rows; row++)
        {
            var paragraph = new Paragraph();
            paragraph.Append(Number(canvas, row), GivenStyle);
            foreach (var span in Spans(canvas, row, changed.Of(row))) paragraph.Append(span.Text, StyleOf(span.Kind));
            lines.Add(paragraph);
        }

        lines.Add(new Text(pace.Describe(step), new Style(foreground: Color.Grey)));
        return new Rows(lines);
    }

    private Style StyleOf(CanvasSpanKind kind) => kind switch
    {
        CanvasSpanKind.Changed => _changedStyle,
        CanvasSpanKind.Given => GivenStyle,
        CanvasSpanKind.Masked => MaskedStyle,
        _ => Style.Plain,
    };
}
