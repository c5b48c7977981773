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
    private static readonly Style ChangedStyle = new(foreground: Color.Black, background: Color.Green3);
    private static readonly Style GivenStyle = new(foreground: Color.Grey);
    private static readonly Style MaskedStyle = new(foreground: Color.Grey42);
    private static readonly TimeSpan ShortestFrame = TimeSpan.FromMilliseconds(40);

    /// <summary>The first column to show, by row (0 where it is not given): the prompt of a conversation is known already.</summary>
    public IReadOnlyList<int> From { get; init; } = [];

    /// <summary>Shows each step for at least so long: small models are faster than the eye.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>Runs a sampler without showing anything.</summary>
    public static SamplingPace RunSilently(ISampler sampler, Canvas canvas, CancellationToken cancellation)
    {
        var pace = new SamplingPace();
        foreach (var _ in pace.Measure(sampler.Sample(canvas, cancellation))) ;
        return pace;
    }

    /// <summary>Runs a sampler and writes a line a step.</summary>
    public SamplingPace RunInLines(ISampler sampler, Canvas canvas, TextWriter output, CancellationToken cancellation)
    {
        var pace = new SamplingPace();
        foreach (var step in pace.Measure(sampler.Sample(canvas, cancellation)))
        {
            for (int row = 0; row < canvas.Rows; row++)
            {
                string which = canvas.Rows > 1 ? $"[{row + 1}] " : "";
                output.WriteLine($"step {step.Step}/{step.Steps} {which}{CanvasText.OneLine(Spans(canvas, step, row))}");
            }
        }

        return pace;
    }

    /// <summary>Runs a sampler and redraws the canvas in place; it is taken away at the end.</summary>
    public SamplingPace RunLive(ISampler sampler, Canvas canvas, CancellationToken cancellation)
    {
        var pace = new SamplingPace();
        terminal.Console.Live(new Text("")).AutoClear(true).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Top).Start(screen =>
        {
            var shown = Stopwatch.StartNew();
            foreach (var step in pace.Measure(sampler.Sample(canvas, cancellation)))
            {
                if (Hold == TimeSpan.Zero && step.MasksLeft > 0 && shown.Elapsed < ShortestFrame) continue;
                var left = Hold - shown.Elapsed;
                if (left > TimeSpan.Zero && cancellation.WaitHandle.WaitOne(left)) cancellation.ThrowIfCancellationRequested();
                shown.Restart();
                screen.UpdateTarget(Draw(canvas, step, pace));
                screen.Refresh();
            }

            if (Hold > TimeSpan.Zero) cancellation.WaitHandle.WaitOne(Hold);
        });
        return pace;
    }

    /// <summary>Live on a terminal, in lines in a pipe.</summary>
    public SamplingPace Run(ISampler sampler, Canvas canvas, CancellationToken cancellation) => terminal.OutputIsInteractive
        ? RunLive(sampler, canvas, cancellation)
        : RunInLines(sampler, canvas, terminal.Output, cancellation);

    private IReadOnlyList<CanvasSpan> Spans(Canvas canvas, SampleStep step, int row) => text.Row(
        canvas, row, step.Changes.Where(change => change.Row == row).Select(change => change.Position).ToHashSet(), row < From.Count ? From[row] : 0);

    private Rows Draw(Canvas canvas, SampleStep step, SamplingPace pace)
    {
        var lines = new List<IRenderable>();
        for (int row = 0; row < canvas.Rows; row++)
        {
            var paragraph = new Paragraph();
            foreach (var span in Spans(canvas, step, row)) paragraph.Append(span.Text, StyleOf(span.Kind));
            lines.Add(paragraph);
        }

        lines.Add(new Text(pace.Describe(step), new Style(foreground: Color.Grey)));
        return new Rows(lines);
    }

    private static Style StyleOf(CanvasSpanKind kind) => kind switch
    {
        CanvasSpanKind.Changed => ChangedStyle,
        CanvasSpanKind.Given => GivenStyle,
        CanvasSpanKind.Masked => MaskedStyle,
        _ => Style.Plain,
    };
}
