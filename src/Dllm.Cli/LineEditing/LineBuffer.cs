using System.Globalization;

namespace Dllm.Cli.LineEditing;

/// <summary>
/// A text that is being typed, and a cursor in it. The cursor stands between two characters as a reader counts them (an accent with its
/// letter, an emoji of several code points are one), and deleting takes whole ones.
/// </summary>
internal sealed class LineBuffer
{
    private string _killed = "";

    /// <summary>The text; lines are separated by line feeds.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Where the cursor stands, from 0 to the text's length.</summary>
    public int Cursor { get; private set; }

    /// <summary>Another text, with the cursor at its end.</summary>
    public void Set(string text) => (Text, Cursor) = (text, text.Length);

    /// <summary>Puts text in front of the cursor.</summary>
    public void Insert(string text)
    {
        Text = Text.Insert(Cursor, text);
        // An accent joins the letter before it, a joiner also what stands behind: the cursor stands where a character ends.
        int cursor = Cursor + text.Length;
        Cursor = Boundaries().First(boundary => boundary >= cursor);
    }

    /// <summary>One character to the left.</summary>
    public void Left() => Cursor = Before();

    /// <summary>One character to the right.</summary>
    public void Right() => Cursor = After();

    /// <summary>To the beginning of the word, or of the one before.</summary>
    public void WordLeft() => Cursor = WordStart(char.IsLetterOrDigit);

    /// <summary>To the end of the word, or of the next one.</summary>
    public void WordRight() => Cursor = WordEnd();

    /// <summary>To the beginning of the line.</summary>
    public void Home() => Cursor = LineStart();

    /// <summary>To the end of the line.</summary>
    public void End() => Cursor = LineEnd();

    /// <summary>To the line above, as far from its beginning; false where there is none.</summary>
    public bool Up()
    {
        int start = LineStart();
        if (start == 0) return false;
        int column = Cursor - start;
        Cursor = start - 1;
        MoveTo(Math.Min(LineStart() + column, Cursor));
        return true;
    }

    /// <summary>To the line below, as far from its beginning; false where there is none.</summary>
    public bool Down()
    {
        int end = LineEnd();
        if (end == Text.Length) return false;
        int column = Cursor - LineStart();
        Cursor = end + 1;
        MoveTo(Math.Min(Cursor + column, LineEnd()));
        return true;
    }

    /// <summary>Deletes the character before the cursor.</summary>
    public void Backspace() => Delete(Before(), Cursor);

    /// <summary>Deletes the character behind the cursor.</summary>
    public void Delete() => Delete(Cursor, After());

    /// <summary>Cuts from the word's beginning; words end at letters of any other kind (<paramref name="bySpaces"/>: at spaces).</summary>
    public void KillWordLeft(bool bySpaces) => Kill(WordStart(bySpaces ? c => !char.IsWhiteSpace(c) : char.IsLetterOrDigit), Cursor);

    /// <summary>Cuts to the word's end.</summary>
    public void KillWordRight() => Kill(Cursor, WordEnd());

    /// <summary>Cuts from the line's beginning.</summary>
    public void KillToStart() => Kill(LineStart(), Cursor);

    /// <summary>Cuts to the line's end; at the end, joins it with the next.</summary>
    public void KillToEnd() => Kill(Cursor, Cursor == LineEnd() ? After() : LineEnd());

    /// <summary>Puts in what was cut last.</summary>
    public void Yank() => Insert(_killed);

    private void Kill(int from, int to)
    {
        if (from < to) _killed = Text[from..to];
        Delete(from, to);
    }

    private void Delete(int from, int to)
    {
        Text = Text.Remove(from, to - from);
        Cursor = from;
    }

    private void MoveTo(int place) => Cursor = Boundaries().Last(boundary => boundary <= place);

    private int Before() => Boundaries().LastOrDefault(boundary => boundary < Cursor);

    private int After() => Boundaries().FirstOrDefault(boundary => boundary > Cursor, Text.Length);

    private int LineStart() => Cursor == 0 ? 0 : Text.LastIndexOf('\n', Cursor - 1) + 1;

    private int LineEnd() => Text.IndexOf('\n', Cursor) is >= 0 and var end ? end : Text.Length;

    private int WordStart(Func<char, bool> isOfWord)
    {
        int at = Cursor;
        while (at > 0 && !isOfWord(Text[at - 1])) at--;
        while (at > 0 && isOfWord(Text[at - 1])) at--;
        return at;
    }

    private int WordEnd()
    {
        int at = Cursor;
        while (at < Text.Length && !char.IsLetterOrDigit(Text[at])) at++;
        while (at < Text.Length && char.IsLetterOrDigit(Text[at])) at++;
        return at;
    }

    private IEnumerable<int> Boundaries() => StringInfo.ParseCombiningCharacters(Text).Append(Text.Length);
}
