using System.Globalization;
using SkiaSharp;
using SkiaSharp.HarfBuzz;

namespace Dllm.Cli.Display.Export;

/// <summary>
/// The system's fonts in one size: the default one, and for characters that it lacks any other that has them. Letters that join or are
/// written from right to left are shaped.
/// </summary>
internal sealed class FontSet : IDisposable
{
    private readonly SKFont _main;
    private readonly Dictionary<string, SKFont> _others = []; // by character, with the marks on it
    private readonly Dictionary<SKTypeface, SKShaper> _shapers = [];

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
    public float Measure(string text) => Parts(text).Sum(part => Width(part.Text, part.Font));

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
            if (IsPlain(part)) canvas.DrawText(part, x, y, font, paint);
            else canvas.DrawShapedText(Shaper(font), part, x, y, font, paint);
            x += Width(part, font);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shaper in _shapers.Values) shaper.Dispose();
        foreach (var font in _others.Values.Append(_main).Distinct()) font.Dispose();
    }

    private float Width(string text, SKFont font) => IsPlain(text) ? font.MeasureText(text) : Shaper(font).Shape(text, font).Width;

    // Scripts without joined letters or marks, and nothing that makes one picture of several characters.
    private static bool IsPlain(string text) => text.All(c => c is < '\u0300' or (> '\u036f' and < '\u0590') or (>= '\u1e00' and < '\u200b')
        or (>= '\u2010' and < '\u202a') or (>= '\u2030' and < '\ud800' and not (>= '\ua980' and <= '\uabff') and not '\u20e3'));

    private SKShaper Shaper(SKFont font) =>
        _shapers.TryGetValue(font.Typeface, out var shaper) ? shaper : _shapers[font.Typeface] = new SKShaper(font.Typeface);

    /// <summary>A text cut where the font changes, never inside of what is read as one character.</summary>
    private IEnumerable<(string Text, SKFont Font)> Parts(string text)
    {
        if (_main.ContainsGlyphs(text)) return [(text, _main)];
        var parts = new List<(string Text, SKFont Font)>();
        var characters = StringInfo.GetTextElementEnumerator(text);
        while (characters.MoveNext())
        {
            string character = characters.GetTextElement();
            var font = FontFor(character);
            if (parts.Count > 0 && parts[^1].Font == font) parts[^1] = (parts[^1].Text + character, font);
            else parts.Add((character, font));
        }

        return parts;
    }

    private SKFont FontFor(string character)
    {
        string drawn = string.Concat(character.EnumerateRunes().Where(rune => !IsInvisible(rune.Value)));
        if (drawn.Length == 0 || _main.ContainsGlyphs(drawn)) return _main;
        if (_others.TryGetValue(character, out var font)) return font;
        var face = FaceWith(drawn) ?? FaceWith(drawn[..(char.IsHighSurrogate(drawn[0]) ? 2 : 1)]) ?? _main.Typeface;
        font = _others.Values.FirstOrDefault(known => known.Typeface == face)
            ?? (face == _main.Typeface ? _main : new SKFont(face, _main.Size) { Edging = SKFontEdging.Antialias, Subpixel = true });
        return _others[character] = font;
    }

    // Joiners, and what chooses among the looks of a character.
    private static bool IsInvisible(int rune) => rune is (>= 0x200b and <= 0x200f) or (>= 0xfe00 and <= 0xfe0f) or 0x2060;

    // The font manager that needs no other library finds fonts by their names only, not by what is in them.
    private SKTypeface? FaceWith(string text)
    {
        if (_others.Values.FirstOrDefault(font => font.ContainsGlyphs(text)) is { } known) return known.Typeface;
        var fonts = SKFontManager.Default;
        if (fonts.MatchCharacter(char.ConvertToUtf32(text, 0)) is { } matched && matched.ContainsGlyphs(text)) return matched;
        return fonts.FontFamilies.Select(fonts.MatchFamily).FirstOrDefault(face => face?.ContainsGlyphs(text) == true);
    }
}
