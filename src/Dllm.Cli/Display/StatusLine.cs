namespace Dllm.Cli.Display;

/// <summary>
/// Lines, and below them one that changes. On a terminal the changing line is redrawn in place; in a pipe it is not written at all, so a
/// file holds the lines alone and no escape code.
/// </summary>
/// <param name="output">Where to write.</param>
/// <param name="isInteractive">Whether that is a terminal.</param>
/// <param name="width">Its columns: the changing line is cut there, or it could not be taken back.</param>
internal sealed class StatusLine(TextWriter output, bool isInteractive, int width) : IDisposable
{
    private const string ClearLine = "\r\u001b[K";
    private readonly TextWriter _codes = VisibleWriter.Codes(output);
    private string _shown = "";

    /// <summary>Shows another text in the changing line.</summary>
    public void Update(string text)
    {
        if (!isInteractive) return;
        text = VisibleText.Line(text);
        if (text.Length >= width) text = text[..(width - 1)];
        if (text == _shown) return;
        _codes.Write(ClearLine + text);
        _codes.Flush();
        _shown = text;
    }

    /// <summary>Writes a line that stays, above the changing one.</summary>
    public void Print(string line)
    {
        if (_shown.Length == 0)
        {
            output.WriteLine(line);
            return;
        }

        _codes.Write(ClearLine);
        output.WriteLine(line);
        output.Write(_shown);
    }

    /// <summary>Takes the changing line away.</summary>
    public void Clear()
    {
        if (_shown.Length == 0) return;
        _codes.Write(ClearLine);
        _shown = "";
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();
}
