using System.Globalization;
using Spectre.Console.Rendering;

namespace Dllm.Cli.LineEditing;

/// <summary>Where the characters of a prompt and a text stand on a screen of so many columns: a pure function, tested without one.</summary>
internal sealed class LineLayout
{
    private readonly List<LineRow> _rows = [];
    private readonly System.Text.StringBuilder _row = new();
    private readonly int _width;
    private int _column;

    /// <summary>Lays a text out behind a prompt; further lines begin below the text.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="text">The text.</param>
    /// <param name="cursor">The cursor's place in the text.</param>
    /// <param name="width">Columns of the screen, at least 2.</param>
    public LineLayout(string prompt, string text, int cursor, int width)
    {
        _width = Math.Max(width, 2);
        Add(prompt);
        string indent = new(' ', Math.Min(_column, _width / 2));
        foreach (var (at, character) in Characters(text))
        {
            if (at == cursor) SetCursor();
            if (character == "\n")
            {
                End(continues: false);
                Add(indent);
            }
            else
            {
                Add(character);
            }
        }

        if (_column == _width) End(continues: true);
        if (cursor >= text.Length) SetCursor();
        End(continues: false);
    }

    /// <summary>The rows.</summary>
    public IReadOnlyList<LineRow> Rows => _rows;

    /// <summary>The cursor's row.</summary>
    public int CursorRow { get; private set; }

    /// <summary>The cursor's column.</summary>
    public int CursorColumn { get; private set; }

    /// <summary>How many columns a character takes: most scripts one, East Asian ones and emoji two, marks and joiners none.</summary>
    public static int Width(string character)
    {
        int width = new Segment(character).CellCount();
        return character.Contains('\ufe0f', StringComparison.Ordinal) ? 2 : Math.Clamp(width, 0, 2); // an emoji of several is drawn as one
    }

    private static IEnumerable<(int At, string Character)> Characters(string text)
    {
        var characters = StringInfo.GetTextElementEnumerator(text);
        while (characters.MoveNext()) yield return (characters.ElementIndex, Visible(characters.GetTextElement()));
    }

    // What a terminal would obey is shown as another character of one column.
    private static string Visible(string character) => character is "\n" ? character : character is "\t" ? " " : Display.VisibleText.Of(character);

    private void SetCursor()
    {
        if (_column == _width) End(continues: true);
        (CursorRow, CursorColumn) = (_rows.Count, _column);
    }

    private void Add(string text)
    {
        foreach (var (_, character) in Characters(text))
        {
            int width = Width(character);
            if (_column + width > _width) End(continues: true);
            _row.Append(character);
            _column += width;
        }
    }

    private void End(bool continues)
    {
        _rows.Add(new LineRow(_row.ToString(), continues));
        _row.Clear();
        _column = 0;
    }
}

/// <summary>A row of the screen.</summary>
/// <param name="Text">What stands there.</param>
/// <param name="Continues">Whether the next row goes on with the same line, so that the terminal itself breaks it.</param>
internal readonly record struct LineRow(string Text, bool Continues);
