using System.Globalization;
using SkiaSharp;

namespace Dllm.Cli.Display.Export;

/// <summary>Paints frames of a recording: tokens flow like text, each on the colour of its confidence.</summary>
internal sealed class FramePainter : IDisposable
{
    private const int Width = 820;
    private const int Margin = 22;
    private const float LineHeight = 30;
    private const float MaskWidth = 26;
    private const float Gap = 2;
    private readonly TokenTexts _texts;
    private readonly FontSet _fonts = new(17);
    private readonly FontSet _small = new(12);
    private readonly int _height;

    /// <summary>Makes room for the tallest frame.</summary>
    /// <exception cref="DllmException">The system has no font.</exception>
    public FramePainter(TokenTexts texts, IEnumerable<RecordedRun> runs)
    {
        _texts = texts;
        float tallest = runs.Max(run => run.Frames.Max(frame => Layout(run, frame, null)));
        _height = (int)Math.Min(tallest + 44, 4000);
    }

    /// <summary>Columns and rows of pixels.</summary>
    public (int Width, int Height) Size => (Width, _height);

    /// <summary>The pixels of a frame, 0xRRGGBB each.</summary>
    /// <param name="run">A run.</param>
    /// <param name="frame">One of its frames.</param>
    public uint[] Paint(RecordedRun run, RecordedFrame frame)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Width, _height, SKColorType.Bgra8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(Color(ConfidenceColor.Background));
        Layout(run, frame, canvas);
        PaintFoot(frame, run.Steps, canvas);
        canvas.Flush();
        return Array.ConvertAll(bitmap.Pixels, pixel => (uint)(pixel.Red << 16 | pixel.Green << 8 | pixel.Blue));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _fonts.Dispose();
        _small.Dispose();
    }

    /// <summary>Puts every token in its place, and paints it where there is something to paint on; returns the height.</summary>
    private float Layout(RecordedRun run, RecordedFrame frame, SKCanvas? canvas)
    {
        float y = Margin;
        for (int row = 0; row < frame.Rows.Count; row++)
        {
            if (row > 0)
            {
                if (canvas is not null) Fill(canvas, new SKRect(Margin, y + 6, Width - Margin, y + 7), ConfidenceColor.Mask, 0);
                y += 13;
            }

            if (run.Questions[row] is { } question)
                y = LayoutText(Words(question), ReadingOrder.IsFromRight([question]), canvas, y) + 4;
            var texts = frame.Rows[row].Where(token => !IsNoText(token)).Select(token => _texts[token.Id].Text);
            y = LayoutText(frame.Rows[row].SelectMany(Pieces), ReadingOrder.IsFromRight(texts), canvas, y);
        }

        return y;
    }

    private static float LayoutText(IEnumerable<Piece> pieces, bool isFromRight, SKCanvas? canvas, float y)
    {
        var line = new List<Piece>();
        foreach (var piece in pieces)
        {
            bool isFull = line.Sum(other => other.Width + Gap) + piece.Width > Width - 2 * Margin;
            if (line.Count > 0 && (piece.BeginsLine || isFull)) NextLine();
            line.Add(line.Count == 0 ? Measured(piece with { Text = piece.Text.TrimStart(' ') }) : piece);
        }

        NextLine();
        return y;

        void NextLine()
        {
            if (canvas is not null) PaintLine(canvas, line, isFromRight, y);
            line.Clear();
            y += LineHeight;
        }
    }

    // A question, as text that was there from the start.
    private IEnumerable<Piece> Words(string text) => VisibleText.Of(text, keepsTabs: false).Split('\n').SelectMany((line, i) =>
        line.Split(' ').Select((word, j) => Measured(new Piece(default, j == 0 ? word : $" {word}", _fonts, 0, i > 0 && j == 0))));

    // Masks are filled and marks of the tokenizer are no letters: neither says in which direction a text is read.
    private bool IsNoText(RecordedToken token) => token.Kind == CanvasSpanKind.Masked || _texts[token.Id].IsSpecial;

    private IEnumerable<Piece> Pieces(RecordedToken token)
    {
        var text = _texts[token.Id];
        string[] lines = token.Kind == CanvasSpanKind.Masked ? [""] : text.Text.Split('\n');
        return lines.Select((line, i) => Measured(new Piece(token, line, text.IsSpecial ? _small : _fonts, 0, i > 0)));
    }

    private static Piece Measured(Piece piece) =>
        piece with { Width = piece.Token.Kind == CanvasSpanKind.Masked ? MaskWidth : piece.Fonts.Measure(piece.Text) };

    private static void PaintLine(SKCanvas canvas, List<Piece> line, bool isFromRight, float y)
    {
        float x = isFromRight ? Width - Margin - line.Sum(piece => piece.Width + Gap) + Gap : Margin;
        foreach (int i in ReadingOrder.Of([.. line.Select(piece => piece.Text)], isFromRight))
        {
            PaintToken(canvas, line[i].Token, line[i].Text, line[i].Fonts, x, y, line[i].Width);
            x += line[i].Width + Gap;
        }
    }

    /// <summary>What of a token stands in one line.</summary>
    private sealed record Piece(RecordedToken Token, string Text, FontSet Fonts, float Width, bool BeginsLine);

    private static void PaintToken(SKCanvas canvas, RecordedToken token, string text, FontSet fonts, float x, float y, float width)
    {
        var box = new SKRect(x, y + 4, x + width, y + LineHeight - 3);
        if (token.Kind == CanvasSpanKind.Masked)
        {
            Fill(canvas, SKRect.Inflate(box, -1, -2), ConfidenceColor.Mask, 4);
            return;
        }

        bool isGiven = token.Kind == CanvasSpanKind.Given;
        if (!isGiven && text.Length > 0)
        {
            if (token.Kind == CanvasSpanKind.Changed) Fill(canvas, SKRect.Inflate(box, 2, 2), ConfidenceColor.Text, 5);
            Fill(canvas, box, ConfidenceColor.Of(token.Confidence), 4);
        }

        fonts.Draw(canvas, text, x, y + 21, Color(isGiven ? ConfidenceColor.Given : ConfidenceColor.Text));
    }

    private void PaintFoot(RecordedFrame frame, int steps, SKCanvas canvas)
    {
        float y = _height - 14;
        float share = steps == 0 ? 1 : (float)frame.Step / steps;
        Fill(canvas, new SKRect(0, _height - 5, Width, _height), ConfidenceColor.Mask, 0);
        Fill(canvas, new SKRect(0, _height - 5, Width * share, _height), ConfidenceColor.Of(1), 0);
        string state = string.Create(CultureInfo.InvariantCulture, $"step {frame.Step}/{steps} · {frame.MasksLeft} masks left");
        _small.Draw(canvas, state, Margin, y, Color(ConfidenceColor.Given));
        float x = Width - Margin - 11 * 14 - 18;
        const string Legend = "confidence 0";
        _small.Draw(canvas, Legend, x - _small.Measure(Legend) - 6, y, Color(ConfidenceColor.Given));
        for (int level = 0; level <= 10; level++, x += 14) Fill(canvas, new SKRect(x, y - 10, x + 14, y + 1), ConfidenceColor.Of(level / 10f), 0);
        _small.Draw(canvas, "1", x + 8, y, Color(ConfidenceColor.Given));
    }

    private static void Fill(SKCanvas canvas, SKRect box, (byte Red, byte Green, byte Blue) color, float corner)
    {
        using var paint = new SKPaint { Color = Color(color), IsAntialias = corner > 0 };
        canvas.DrawRoundRect(box, corner, corner, paint);
    }

    private static SKColor Color((byte Red, byte Green, byte Blue) color) => new(color.Red, color.Green, color.Blue);
}
