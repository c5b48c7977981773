using System.Text;

namespace Dllm.Cli.Display;

/// <summary>
/// Where text meets the terminal: names from checkpoints, data and paths, and whatever else a report quotes, pass without codes that a
/// terminal would obey. What draws writes its own codes to <see cref="Codes"/>.
/// </summary>
/// <param name="inner">The stream.</param>
internal sealed class VisibleWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>The stream behind a writer, for the codes of one's own drawing; a writer that lets codes pass is its own.</summary>
    public static TextWriter Codes(TextWriter writer) => writer is VisibleWriter visible ? visible.Inner : writer;

    /// <inheritdoc/>
    public override void Write(char value) => inner.Write(value == '\t' || value == '\n' || !VisibleText.IsCode(value) ? value : VisibleText.Stand);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => inner.Write(value is null ? null : VisibleText.Of(value));

    /// <inheritdoc/>
    public override void WriteLine() => inner.WriteLine();

    /// <inheritdoc/>
    public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : VisibleText.Of(value));

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    private TextWriter Inner => inner;
}
