using SkiaSharp;

namespace Dllm.Cli.Display.Export;

/// <summary>The system's fonts in one size: the default one, and for characters that it lacks any other that has them.</summary>
internal sealed class FontSet : IDisposable
{
    private readonly SKFont _main;
    private readonly Dictionary<int, SKFont> _others = []; // by character

    /// <summary>Looks for a font.</summary>
    /// <exception cref="DllmException">The system has none.</exception>
    public FontSet(float size)
    {
        var face = SKFontManager.Default.MatchFamily("DejaVu Sans") ?? SKTypeface.Default;
        if (face.GlyphCount == 0)
            throw new DllmException("the system has no font to draw a picture with", "install one, such as fonts-dejavu-core, or use --html");
        _main = new SKFont(face, size) { Edging = SKFontEdging.Antialias, Subpixel = true };
    }

    /// <summary>The width of a text.</summary>
    public float Measure(string text) => Parts(text).Sum(part => part.Font.MeasureText(part.Text));

    /// <summary>Draws a text.</summary>
    /// <param name="canvas">Where.</param>
    /// <param name="text">What.</param>
    /// <param name="x">Its left.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="color">Its colour.</param>
    public void Draw(SKCanvas canvas, string text, float x, float y, SKColor color)
    {
        using var paint = new SKPaint { Color = color, IsAntialias = true };
        foreach (var (part, font) in Parts(text))
        {
            canvas.DrawText(part, x, y, font, paint);
            x += font.MeasureText(part);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _main.Dispose();
        foreach (var font in _others.Values) font.Dispose();
    }

    private IEnumerable<(string Text, SKFont Font)> Parts(string text)
    {
        if (_main.ContainsGlyphs(text)) return [(text, _main)];
        return text.EnumerateRunes().Select(rune => (rune.ToString(), FontFor(rune.Value)));
    }

    private SKFont FontFor(int character)
    {
        if (_main.ContainsGlyph(character)) return _main;
        if (!_others.TryGetValue(character, out var font))
        {
            var face = SKFontManager.Default.MatchCharacter(character) ?? _main.Typeface;
            _others.Add(character, font = new SKFont(face, _main.Size) { Edging = SKFontEdging.Antialias, Subpixel = true });
        }

        return font;
    }
}
