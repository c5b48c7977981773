using System.Globalization;
using System.Net;
using System.Text;
using Dllm.Checkpoints;
using Dllm.Cli.LineEditing;

namespace Dllm.Cli.Display.Export;

/// <summary>
/// Writes a recording as a still picture: for each row of a canvas a table with a line a step and a column a token. Where a cache spared
/// the model columns, a bar below each token tells whether the step computed it.
/// </summary>
/// <param name="texts">How tokens read.</param>
internal sealed class SvgExport(TokenTexts texts)
{
    private const int MostLines = 40;
    private const int Margin = 20, LabelWidth = 70, LineHeight = 26, MostWidth = 1000;
    private const double LetterWidth = 7.8, SmallLetterWidth = 6, Gap = 4, LeastCell = 26;

    private const string Style =
        """
        svg{--page:#15181d;--text:#f2f4f7;--faint:#9aa3ae;--mask:#2e343d;--new:#4c9bff}
        @media(prefers-color-scheme:light){svg{--page:#fff;--text:#16191e;--faint:#5b6470;--mask:#d5dae1;--new:#1668d0}}
        text{font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#f2f4f7;text-anchor:middle;white-space:pre}
        .p{fill:var(--page)}.q,.l,.g{fill:var(--faint)}.q,.l{text-anchor:start}.q{font-size:14px}.l,.s{font-size:10px}
        .m{fill:var(--mask)}.a{fill:none;stroke:#d9822b;stroke-width:1.5;stroke-dasharray:3 2}.o{opacity:.6}
        .n{fill:none;stroke:var(--text);stroke-width:1.5}.b{stroke:var(--faint);stroke-dasharray:2 3}.c{fill:var(--new)}.k{fill:var(--faint);opacity:.5}
        """;

    /// <summary>Writes the picture.</summary>
    /// <exception cref="DllmException">The file cannot be written.</exception>
    public void Save(string path, string title, DenoisingRecording recording) => AtomicFile.WriteText(path, Picture(title, recording));

    /// <summary>The picture.</summary>
    public string Picture(string title, DenoisingRecording recording)
    {
        var body = new StringBuilder();
        double width = 460, y = Margin;
        foreach (var run in recording.Runs)
        {
            for (int row = 0; row < run.Questions.Count; row++) (width, y) = AddRow(body, run, row, width, y);
        }

        AddLegend(body, y, recording.Runs.Any(HasCache), recording.Runs.Any(MasksAgain));
        string size = Invariant($"width=\"{width:0}\" height=\"{y + 28:0}\" viewBox=\"0 0 {width:0} {y + 28:0}\"");
        return Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" {size} role=\"img\"><title>{Encoded(title)}</title><style>{Style}</style>\n")
            + Invariant($"<rect class=\"p\" width=\"{width:0}\" height=\"{y + 28:0}\" rx=\"8\"/>\n{body}</svg>\n");
    }

    // Keys and values of a column that the step saw and did not compute, or columns that it did not see.
    private static bool HasCache(RecordedRun run) => run.Frames.Any(frame => frame.Reads.Any(read => read.Start > 0 || read.End < read.Seen))
        || run.Frames.SelectMany(frame => frame.Reads).Select(read => read.Seen).Distinct().Count() > 1;

    private static bool MasksAgain(RecordedRun run) => run.Frames.Zip(run.Frames.Skip(1)).Any(pair =>
        Enumerable.Range(0, pair.First.Rows.Count).Any(row => pair.First.Rows[row].Zip(pair.Second.Rows[row]).Any(IsMaskedAgain)));

    private static bool IsMaskedAgain((RecordedToken Before, RecordedToken Now) token) =>
        token is { Before.Kind: not CanvasSpanKind.Masked, Now.Kind: CanvasSpanKind.Masked };

    private (double Width, double Y) AddRow(StringBuilder body, RecordedRun run, int row, double width, double y)
    {
        if (run.Questions[row] is { } question)
        {
            string line = VisibleText.Line(question);
            body.Append(Invariant($"<text class=\"q\" x=\"{Margin}\" y=\"{y + 14:0}\">{Encoded(line)}</text>\n"));
            width = Math.Max(width, 2 * Margin + Letters(line) * 8.4);
            y += 26;
        }

        int every = (run.Frames.Count + MostLines - 1) / MostLines;
        var frames = run.Frames.Where(frame => frame.Step % every == 0 || frame == run.Frames[^1]).ToList();
        foreach (var columns in Panels(frames, row))
        {
            double promptWidth = HasCache(run) && run.FirstColumns[row] > 0 && run.Questions[row] is not null ? 64 : 0;
            double right = Margin + LabelWidth + promptWidth + columns.Sum(column => column.Width + Gap);
            width = Math.Max(width, right + Margin);
            AddBlockEnds(body, run, row, columns, Margin + LabelWidth + promptWidth, y, y + frames.Count * LineHeight);
            for (int i = 0; i < frames.Count; i++, y += LineHeight)
                AddLine(body, run, row, frames[i], i == 0 ? null : frames[i - 1], columns, promptWidth, y);
            y += 14;
        }

        return (width, y);
    }

    // Columns as wide as their widest text, as many beside each other as fit.
    private List<List<Column>> Panels(IReadOnlyList<RecordedFrame> frames, int row)
    {
        var panels = new List<List<Column>> { new() };
        double x = 0;
        for (int place = 0; place < frames.Max(frame => frame.Rows[row].Length); place++)
        {
            double cell = frames.Where(frame => place < frame.Rows[row].Length).Max(frame => CellWidth(frame.Rows[row][place]));
            if (x + cell + Gap > MostWidth - 2 * Margin - LabelWidth && panels[^1].Count > 0)
            {
                panels.Add([]);
                x = 0;
            }

            panels[^1].Add(new Column(place, cell));
            x += cell + Gap;
        }

        return panels;
    }

    private double CellWidth(RecordedToken token)
    {
        if (token.Kind == CanvasSpanKind.Masked) return LeastCell;
        var text = texts[token.Id];
        return Math.Max(LeastCell, Letters(text.Text.Trim()) * (text.IsSpecial ? SmallLetterWidth : LetterWidth) + 8);
    }

    private static int Letters(string text)
    {
        int letters = 0;
        for (var characters = StringInfo.GetTextElementEnumerator(text); characters.MoveNext();) letters += LineLayout.Width(characters.GetTextElement());
        return letters;
    }

    private static void AddBlockEnds(StringBuilder body, RecordedRun run, int row, List<Column> columns, double x, double top, double bottom)
    {
        var blocks = new Dictionary<int, int>();
        foreach (var frame in run.Frames)
        {
            for (int place = 0; place < frame.Rows[row].Length; place++)
            {
                if (frame.Rows[row][place].Kind == CanvasSpanKind.Changed) blocks[place] = frame.Block;
            }
        }

        foreach (var column in columns)
        {
            if (column.Place > 0 && blocks.GetValueOrDefault(column.Place) != blocks.GetValueOrDefault(column.Place - 1, blocks.GetValueOrDefault(column.Place)))
                body.Append(Invariant($"<path class=\"b\" d=\"M{x - Gap / 2:0.#} {top:0}V{bottom:0}\"/>\n"));
            x += column.Width + Gap;
        }
    }

    private void AddLine(
        StringBuilder body, RecordedRun run, int row, RecordedFrame frame, RecordedFrame? before, List<Column> columns, double promptWidth, double y)
    {
        body.Append(Invariant($"<g transform=\"translate(0 {y:0})\"><text class=\"l\" x=\"{Margin}\" y=\"15\">{(frame.Step == 0 ? "start" : $"step {frame.Step}")}</text>"));
        double x = Margin + LabelWidth;
        if (promptWidth > 0)
        {
            body.Append(Invariant($"<text class=\"g s\" x=\"{x + 28:0}\" y=\"14\">prompt</text>"));
            AddRead(body, frame, 0, x, promptWidth - 8);
            x += promptWidth;
        }

        foreach (var column in columns.Where(column => column.Place < frame.Rows[row].Length))
        {
            var token = frame.Rows[row][column.Place];
            bool isMaskedAgain = before is not null && column.Place < before.Rows[row].Length && IsMaskedAgain((before.Rows[row][column.Place], token));
            AddCell(body, token, isMaskedAgain, x, column.Width);
            if (HasCache(run)) AddRead(body, frame, run.FirstColumns[row] + column.Place, x, column.Width);
            x += column.Width + Gap;
        }

        body.Append("</g>\n");
    }

    private void AddCell(StringBuilder body, RecordedToken token, bool isMaskedAgain, double x, double width)
    {
        string box = Invariant($"x=\"{x:0.#}\" y=\"1\" width=\"{width:0.#}\" height=\"19\" rx=\"4\"");
        if (token.Kind == CanvasSpanKind.Masked)
        {
            body.Append($"<rect class=\"m\" {box}/>");
            if (isMaskedAgain) body.Append($"<rect class=\"a\" {box}/>");
            return;
        }

        bool isGiven = token.Kind == CanvasSpanKind.Given, isNew = token.Kind == CanvasSpanKind.Changed;
        var text = texts[token.Id];
        string fade = isNew || isGiven ? "" : " class=\"o\"";
        if (!isGiven) body.Append($"<rect {box} fill=\"{ConfidenceColor.Hex(ConfidenceColor.Of(token.Confidence))}\"{fade}/>");
        if (isNew) body.Append($"<rect class=\"n\" {box}/>");
        string kind = (isGiven ? "g" : "") + (text.IsSpecial ? " s" : "");
        string name = kind.Length == 0 ? "" : $" class=\"{kind.Trim()}\"";
        body.Append(Invariant($"<text{name} x=\"{x + width / 2:0.#}\" y=\"15\">{Encoded(text.Text.Trim())}</text>"));
    }

    // Filled: computed in this step; empty: kept from before; none: not seen.
    private static void AddRead(StringBuilder body, RecordedFrame frame, int column, double x, double width)
    {
        bool isComputed = frame.Reads.Any(read => read.Computes(column)), isSeen = frame.Reads.Any(read => column < read.Seen);
        if (isComputed || isSeen)
            body.Append(Invariant($"<rect class=\"{(isComputed ? "c" : "k")}\" x=\"{x:0.#}\" y=\"{(isComputed ? 21.5 : 22.5)}\" width=\"{width:0.#}\" height=\"{(isComputed ? 2.5 : 1)}\"/>"));
    }

    private static void AddLegend(StringBuilder body, double y, bool hasCache, bool masksAgain)
    {
        body.Append(Invariant($"<g transform=\"translate({Margin} {y:0})\"><text class=\"l\" y=\"10\">confidence 0</text>"));
        for (int level = 0; level <= 10; level++)
            body.Append(Invariant($"<rect x=\"{78 + level * 8}\" y=\"2\" width=\"8\" height=\"9\" fill=\"{ConfidenceColor.Hex(ConfidenceColor.Of(level / 10f))}\"/>"));
        body.Append("<text class=\"l\" x=\"170\" y=\"10\">1</text>");
        body.Append("<rect class=\"n\" x=\"192\" y=\"2\" width=\"14\" height=\"9\" rx=\"2\"/><text class=\"l\" x=\"211\" y=\"10\">written in this step</text>");
        if (masksAgain)
            body.Append("<rect class=\"m\" x=\"346\" y=\"2\" width=\"14\" height=\"9\" rx=\"2\"/><rect class=\"a\" x=\"346\" y=\"2\" width=\"14\" height=\"9\" rx=\"2\"/><text class=\"l\" x=\"365\" y=\"10\">masked again</text>");
        if (hasCache)
        {
            body.Append(masksAgain ? "<g transform=\"translate(102 0)\">" : "<g>");
            body.Append("<rect class=\"c\" x=\"346\" y=\"6\" width=\"14\" height=\"3\"/><text class=\"l\" x=\"365\" y=\"10\">computed</text>");
            body.Append("<rect class=\"k\" x=\"426\" y=\"7\" width=\"14\" height=\"1\"/><text class=\"l\" x=\"446\" y=\"10\">kept from before</text></g>");
        }

        body.Append("</g>\n");
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>A column of a table.</summary>
    /// <param name="Place">Which token of the row.</param>
    /// <param name="Width">Its width.</param>
    private readonly record struct Column(int Place, double Width);
}
