using System.Text;

namespace Dllm.Cli.LineEditing;

/// <summary>
/// Draws a prompt and a text on a terminal, again and again in the same place. When the window is resized, terminals break the lines
/// anew: where the first row is then follows from the same layout at the new width.
/// </summary>
/// <param name="output">The terminal.</param>
/// <param name="size">Its columns and rows, now.</param>
/// <param name="usesColour">Whether colours are welcome.</param>
internal sealed class LineScreen(TextWriter output, Func<(int Width, int Height)> size, bool usesColour)
{
    private const string Reset = "\u001b[0m", Dim = "\u001b[2m";
    private (string Prompt, string Text, int Cursor, string Hint) _shown;
    private int _cursorRow; // below the first row drawn
    private int _width;

    /// <summary>Begins a new line at the cursor's row.</summary>
    public void Begin() => (_cursorRow, _width) = (0, size().Width);

    /// <summary>Draws.</summary>
    /// <param name="prompt">In front.</param>
    /// <param name="text">The text.</param>
    /// <param name="cursor">The cursor's place in it.</param>
    /// <param name="hint">A word behind the text, in faint letters.</param>
    public void Draw(string prompt, string text, int cursor, string hint = "")
    {
        var code = new StringBuilder();
        if (_cursorRow > 0) code.Append($"\u001b[{_cursorRow}A");
        code.Append("\r\u001b[J");
        var (width, height) = size();
        var layout = new LineLayout(prompt, text, cursor, width);
        // As much as fits, around the cursor.
        int first = Math.Clamp(layout.CursorRow - height + 2, 0, Math.Max(layout.Rows.Count - height + 1, 0));
        int end = Math.Min(layout.Rows.Count, first + Math.Max(height - 1, 1));
        for (int i = first; i < end; i++)
        {
            string row = layout.Rows[i].Text;
            code.Append(i == 0 && row.StartsWith(prompt, StringComparison.Ordinal) ? Coloured(prompt) + row[prompt.Length..] : row);
            if (i + 1 == end) break;
            // What the terminal itself breaks is one line to it; the space makes it break a row that is full.
            code.Append(!layout.Rows[i].Continues ? "\r\n" : layout.Rows[i + 1].Text.Length == 0 ? " \r" : "");
        }

        if (hint.Length > 0 && layout.Rows.Count == 1 && prompt.Length + text.Length + hint.Length + 1 < width) code.Append($" {Dim}{hint}{Reset}");
        if (end - 1 > layout.CursorRow) code.Append($"\u001b[{end - 1 - layout.CursorRow}A");
        code.Append('\r');
        if (layout.CursorColumn > 0) code.Append($"\u001b[{layout.CursorColumn}C");
        output.Write(code.ToString());
        output.Flush();
        (_shown, _cursorRow, _width) = ((prompt, text, cursor, hint), layout.CursorRow - first, width);
    }

    /// <summary>Draws the same again, after the window was resized.</summary>
    public void Resized()
    {
        var (width, height) = size();
        if (_shown.Prompt is null || width == _width) return;
        _cursorRow = Math.Min(new LineLayout(_shown.Prompt, _shown.Text, _shown.Cursor, width).CursorRow, Math.Max(height - 1, 0));
        Draw(_shown.Prompt, _shown.Text, _shown.Cursor, _shown.Hint);
    }

    /// <summary>Leaves the line as it is, and goes below it.</summary>
    public void End()
    {
        Draw(_shown.Prompt, _shown.Text, _shown.Text.Length);
        output.Write("\r\n");
        output.Flush();
        _shown = default;
    }

    private string Coloured(string prompt) => usesColour ? $"\u001b[36m{prompt}{Reset}" : prompt;
}
