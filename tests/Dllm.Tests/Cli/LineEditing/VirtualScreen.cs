using System.Globalization;
using System.Text;
using Dllm.Cli.LineEditing;

namespace Dllm.Tests.Cli.LineEditing;

/// <summary>A terminal without one: obeys the few codes that lines are drawn with, and tells what a person would see.</summary>
internal sealed class VirtualScreen(int width) : TextWriter
{
    private readonly List<List<string>> _rows = [[]]; // characters; "" is the second column of a wide one
    private readonly StringBuilder _pending = new();
    private (int Row, int Column) _at;
    private bool _wraps; // the last column is written: the next character goes to the next row

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Where the cursor is.</summary>
    public (int Row, int Column) Cursor => _at;

    /// <summary>The rows, without the spaces at their ends.</summary>
    public string Shown => string.Join('\n', _rows.Select(row => string.Concat(row).TrimEnd())).TrimEnd('\n');

    public override void Write(char value) => _pending.Append(value);

    public override void Flush()
    {
        string text = _pending.ToString();
        _pending.Clear();
        for (int i = 0; i < text.Length;)
        {
            if (text[i] == '\u001b')
            {
                int end = i + 2;
                while (!char.IsLetter(text[end])) end++;
                Obey(text[(i + 2)..end], text[end]);
                i = end + 1;
                continue;
            }

            string character = StringInfo.GetNextTextElement(text, i);
            if (character.StartsWith('\r') && character.Length > 1) character = "\r"; // CR LF counts as one
            Put(character);
            i += character.Length;
        }
    }

    private void Obey(string number, char code)
    {
        int count = int.TryParse(number, out int n) ? n : 1;
        _wraps = false;
        switch (code)
        {
            case 'A': _at.Row = Math.Max(_at.Row - count, 0); break;
            case 'C': _at.Column = Math.Min(_at.Column + count, width - 1); break;
            case 'J':
                _rows.RemoveRange(_at.Row + 1, _rows.Count - _at.Row - 1);
                if (_rows[_at.Row].Count > _at.Column) _rows[_at.Row].RemoveRange(_at.Column, _rows[_at.Row].Count - _at.Column);
                break;
            case 'K': _rows[_at.Row].Clear(); break;
            case 'm' or 'h' or 'l': break;
            default: throw new NotSupportedException($"{number}{code}");
        }
    }

    private void Put(string character)
    {
        if (character == "\r")
        {
            (_at.Column, _wraps) = (0, false);
            return;
        }

        int columns = LineLayout.Width(character);
        if (character == "\n" || _wraps || _at.Column + columns > width)
        {
            _at = (_at.Row + 1, character == "\n" ? _at.Column : 0);
            if (_at.Row == _rows.Count) _rows.Add([]);
            _wraps = false;
            if (character == "\n") return;
        }

        var row = _rows[_at.Row];
        while (row.Count < _at.Column + columns) row.Add(" ");
        row[_at.Column] = character;
        if (columns == 2) row[_at.Column + 1] = "";
        _at.Column += columns;
        if (_at.Column == width) (_at.Column, _wraps) = (width - 1, true);
    }
}
