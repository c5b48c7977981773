using Dllm.Cli.Display;
using Dllm.Sampling;

namespace Dllm.Cli.Chat;

/// <summary>Keeps what each step of the last answer left on the canvas, a line each.</summary>
/// <param name="text">How tokens become text.</param>
internal sealed class StepLog(CanvasText text)
{
    private static readonly HashSet<int> NoColumns = [];
    private readonly List<string> _lines = [];

    /// <summary>The lines.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The same sampler, watched; what was kept before is forgotten.</summary>
    /// <param name="sampler">The sampler, of a canvas with one row.</param>
    /// <param name="from">The first column to keep.</param>
    public ISampler Watch(ISampler sampler, int from)
    {
        _lines.Clear();
        return new Watched(this, sampler, from);
    }

    private sealed class Watched(StepLog log, ISampler inner, int from) : ISampler
    {
        public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default)
        {
            foreach (var step in inner.Sample(canvas, cancellation))
            {
                log._lines.Add($"step {step.Step}/{step.Steps} {CanvasText.OneLine(log.Text.Row(canvas, 0, NoColumns, from))}");
                yield return step;
            }
        }
    }

    private CanvasText Text => text;
}
