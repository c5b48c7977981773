using Dllm.Sampling;

namespace Dllm.Cli.Display;

/// <summary>What a stretch of a canvas is, for its colour.</summary>
internal enum CanvasSpanKind
{
    /// <summary>There from the start: the prompt, the text around a gap.</summary>
    Given,

    /// <summary>Written in an earlier step.</summary>
    Committed,

    /// <summary>Written in this step.</summary>
    Changed,

    /// <summary>Still masked.</summary>
    Masked,
}

/// <summary>A stretch of a canvas.</summary>
/// <param name="Text">Its text; masks are <see cref="CanvasText.Mask"/>.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct CanvasSpan(string Text, CanvasSpanKind Kind);

/// <summary>Turns the state of a canvas into text: a pure function, so that it is tested without a terminal.</summary>
/// <param name="decode">Token ids to text, special tokens left out.</param>
internal sealed class CanvasText(Func<int[], string> decode)
{
    /// <summary>How a masked token looks; neighbours are kept apart by spaces, as words are.</summary>
    public const string Mask = "░░";

    /// <summary>Tokens that together are no text, as special tokens are none; empty (the default) for none.</summary>
    public IReadOnlyList<int> End { get; init; } = [];

    /// <summary>One row of a canvas, cut where the kind changes.</summary>
    /// <param name="canvas">The canvas after a step.</param>
    /// <param name="row">Which row.</param>
    /// <param name="changed">The columns that the step wrote.</param>
    /// <param name="from">The first column to show.</param>
    public IReadOnlyList<CanvasSpan> Row(Canvas canvas, int row, IReadOnlySet<int> changed, int from = 0)
    {
        var ids = canvas.Row(row);
        var spans = new List<CanvasSpan>();
        int at = Math.Max(from, canvas.FirstColumn(row));
        while (at < canvas.EndColumn(row))
        {
            int start = at;
            bool isMask = canvas.IsMask(row, at);
            while (at < canvas.EndColumn(row) && canvas.IsMask(row, at) == isMask) at++;
            if (isMask) spans.Add(new CanvasSpan(string.Join(' ', Enumerable.Repeat(Mask, at - start)), CanvasSpanKind.Masked));
            else AddShown(spans, ids[start..at].ToArray(), column => KindOf(canvas, row, start + column, changed));
        }

        return Spaced(spans);
    }

    /// <summary>The text of spans without their kinds, on one line.</summary>
    public static string OneLine(IEnumerable<CanvasSpan> spans) =>
        string.Concat(spans.Select(span => span.Text)).ReplaceLineEndings("⏎").Trim();

    private static CanvasSpanKind KindOf(Canvas canvas, int row, int column, IReadOnlySet<int> changed) =>
        changed.Contains(column) ? CanvasSpanKind.Changed
        : canvas.IsGiven(row, column) ? CanvasSpanKind.Given : CanvasSpanKind.Committed;

    private void AddShown(List<CanvasSpan> spans, int[] run, Func<int, CanvasSpanKind> kindOf)
    {
        int end = End.Count == 0 ? -1 : run.AsSpan().IndexOf([.. End]);
        while (end >= 0 && kindOf(end) == CanvasSpanKind.Given) end = Next(run, end + 1); // the template's own, in front of the answer
        AddText(spans, end < 0 ? run : run[..end], kindOf);
        if (end < 0) return;
        int shown = spans.Count;
        AddShown(spans, run[(end + End.Count)..], column => kindOf(end + End.Count + column));
        if (shown > 0 && spans.Count > shown && !char.IsWhiteSpace(spans[shown].Text[0])) spans[shown] = spans[shown] with { Text = " " + spans[shown].Text };
    }

    private int Next(int[] run, int start)
    {
        int end = run.AsSpan(start).IndexOf([.. End]);
        return end < 0 ? -1 : start + end;
    }

    // Tokens are no characters: only the whole run has a text. A prefix of the run is decoded at each change of kind, and as much of it
    // as the whole agrees with is that far.
    private void AddText(List<CanvasSpan> spans, int[] run, Func<int, CanvasSpanKind> kindOf)
    {
        if (run.Length == 0) return;
        string whole = decode(run);
        int written = 0;
        for (int start = 0, end; start < run.Length; start = end)
        {
            var kind = kindOf(start);
            end = start + 1;
            while (end < run.Length && kindOf(end) == kind) end++;
            int reach = end == run.Length ? whole.Length : Math.Max(written, Agreeing(whole, decode(run[..end])));
            if (reach > written) spans.Add(new CanvasSpan(VisibleText.Of(whole[written..reach]), kind));
            written = reach;
        }
    }

    private static int Agreeing(string whole, string prefix)
    {
        int length = whole.AsSpan().CommonPrefixLength(prefix);
        return length > 0 && length < whole.Length && char.IsHighSurrogate(whole[length - 1]) ? length - 1 : length;
    }

    private static List<CanvasSpan> Spaced(List<CanvasSpan> spans)
    {
        for (int i = 1; i < spans.Count; i++)
        {
            bool besideMask = spans[i].Kind == CanvasSpanKind.Masked || spans[i - 1].Kind == CanvasSpanKind.Masked;
            if (besideMask && !char.IsWhiteSpace(spans[i - 1].Text[^1]) && !char.IsWhiteSpace(spans[i].Text[0]))
                spans[i] = spans[i] with { Text = " " + spans[i].Text };
        }

        return spans;
    }
}
