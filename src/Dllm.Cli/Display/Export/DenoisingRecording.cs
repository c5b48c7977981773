using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Cli.Display.Export;

/// <summary>
/// Keeps what samplers do, to be drawn afterwards: runs one after the other (batches, or the turns of a conversation), each a list of
/// frames. It is fed by the stream of steps, and, for what each step computes, by the model.
/// </summary>
internal sealed class DenoisingRecording
{
    private readonly List<RecordedRead> _reads = []; // of the step that is being done
    private readonly List<RecordedRun> _runs = [];

    /// <summary>The runs.</summary>
    public IReadOnlyList<RecordedRun> Runs => _runs;

    /// <summary>Adds a run.</summary>
    public void Add(RecordedRun run) => _runs.Add(run);

    /// <summary>Notes what a model reads from now on.</summary>
    public void Observe(Denoiser model) => model.Reading += input =>
    {
        int start = input.Cache?.FirstColumn ?? 0, count = (int)input.Ids.size(1);
        _reads.Add(new RecordedRead(start, start + count, input.Cache?.VisibleColumns(count) ?? count));
    };

    /// <summary>The same sampler, watched.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="from">By row, the first column to record; rows without a number are recorded whole.</param>
    /// <param name="questions">By row, what it answers, to be shown above it; null or missing where the row itself says it.</param>
    public ISampler Watch(ISampler sampler, IReadOnlyList<int>? from = null, IReadOnlyList<string?>? questions = null) =>
        new WatchedSampler(this, sampler, from ?? [], questions ?? []);

    /// <summary>The same recording, in which tokens that were written and together are the end of a turn have marks for ids.</summary>
    /// <param name="end">The tokens; empty for none.</param>
    public DenoisingRecording WithEnd(IReadOnlyList<int> end)
    {
        if (end.Count == 0) return this;
        var marked = new DenoisingRecording();
        marked._runs.AddRange(_runs.Select(run => run with
        {
            Frames = [.. run.Frames.Select(frame => frame with { Rows = [.. frame.Rows.Select(row => Marked(row, [.. end]))] })],
        }));
        return marked;
    }

    private static RecordedToken[] Marked(RecordedToken[] row, int[] end)
    {
        int[] ids = Array.ConvertAll(row, token => token.Kind is CanvasSpanKind.Given or CanvasSpanKind.Masked ? -1 : token.Id);
        RecordedToken[] marked = [.. row];
        for (int at = 0; at + end.Length <= ids.Length; at++)
        {
            if (!ids.AsSpan(at).StartsWith(end)) continue;
            for (int place = at; place < at + end.Length; place++) marked[place] = row[place] with { Id = TokenTexts.MarkOf(row[place].Id) };
        }

        return marked;
    }

    private sealed class WatchedSampler(DenoisingRecording recording, ISampler inner, IReadOnlyList<int> from, IReadOnlyList<string?> questions) : ISampler
    {
        public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default)
        {
            var rows = Enumerable.Range(0, canvas.Rows).Select(row => FirstRow(canvas, row)).ToArray();
            var frames = new List<RecordedFrame> { Frame(0, canvas.MasksLeft, canvas, rows) };
            recording.Add(new RecordedRun(
                frames,
                [.. rows.Select((_, row) => row < questions.Count ? questions[row] : null)],
                [.. rows.Select((_, row) => row < from.Count ? from[row] : canvas.FirstColumn(row))]));
            recording._reads.Clear();
            foreach (var step in inner.Sample(canvas, cancellation))
            {
                for (int row = 0; row < rows.Length; row++) rows[row] = Settled(rows[row]);
                foreach (var change in step.Changes)
                    rows[change.Row][change.Position - canvas.FirstColumn(change.Row)] = Written(canvas, change.Id, Sureness(change.Confidence), step.Step);
                foreach (var replacement in step.Replacements)
                    rows[replacement.Row] = Replaced(canvas, rows[replacement.Row], replacement, step.Step);
                frames.Add(Frame(step.Step, step.MasksLeft, canvas, rows) with { Block = step.Block, Reads = [.. recording._reads] });
                recording._reads.Clear();
                yield return step;
            }
        }

        private RecordedFrame Frame(int step, int masksLeft, Canvas canvas, RecordedToken[][] rows) => new(
            step, masksLeft, [.. rows.Select((row, i) => i < from.Count ? row[Math.Min(row.Length, from[i] - canvas.FirstColumn(i))..] : row[..])]);

        private static RecordedToken[] FirstRow(Canvas canvas, int row) =>
            [.. canvas.Tokens(row).ToArray().Select((id, i) => new RecordedToken(
                id,
                canvas.IsGiven(row, canvas.FirstColumn(row) + i) ? CanvasSpanKind.Given
                    : id == canvas.MaskTokenId ? CanvasSpanKind.Masked : CanvasSpanKind.Committed,
                float.NaN,
                0))];

        private static RecordedToken[] Settled(RecordedToken[] row) => Array.ConvertAll(
            row, token => token.Kind == CanvasSpanKind.Changed ? token with { Kind = CanvasSpanKind.Committed } : token);

        private static RecordedToken[] Replaced(Canvas canvas, RecordedToken[] before, RowReplacement replacement, int step) =>
            [.. replacement.Ids.Zip(replacement.Origins, (id, origin) =>
                origin >= 0 && before[origin].Id == id ? before[origin] : Written(canvas, id, float.NaN, step))];

        private static RecordedToken Written(Canvas canvas, int id, float confidence, int step) =>
            id == canvas.MaskTokenId ? new(id, CanvasSpanKind.Masked, float.NaN, 0) : new(id, CanvasSpanKind.Changed, confidence, step);

        // Entropies come as numbers below 0: e to the power of them is 1 where only one token is possible.
        private static float Sureness(float confidence) => confidence < 0 ? MathF.Exp(confidence) : Math.Min(confidence, 1);
    }
}
