namespace Dllm.Cli.LineEditing;

/// <summary>
/// Reads lines that the user can edit, with the keys of readline: arrows, words, cutting and putting back, the history and a search in it.
/// A text of several lines is pasted, or typed with Alt-Enter or Ctrl-J.
/// </summary>
internal sealed class LineEditor
{
    private readonly IKeySource _source;
    private readonly KeyReader _keys;
    private readonly LineScreen _screen;
    private readonly LineHistory _history;
    private readonly LineBuffer _buffer = new();
    private readonly Lock _gate = new(); // a resized window is told on another thread
    private string _prompt = "";
    private string _draft = "";
    private int _place; // in the history; its end is what is being typed
    private string? _query; // what is searched for in the history
    private string _hint = "";
    private bool _isReading;

    /// <summary>Joins keyboard, screen and history.</summary>
    public LineEditor(IKeySource keys, LineScreen screen, LineHistory history) =>
        (_source, _keys, _screen, _history) = (keys, new KeyReader(keys), screen, history);

    /// <summary>What Ctrl-C on the way out is answered with.</summary>
    public string LeavingHint { get; init; } = "Ctrl-C again, or Ctrl-D, ends";

    /// <summary>Reads a text.</summary>
    /// <param name="prompt">In front of it.</param>
    /// <returns>The text; null where the user wants to leave: Ctrl-D on an empty line, or Ctrl-C twice.</returns>
    public string? Read(string prompt)
    {
        using var reading = _source.Begin();
        lock (_gate)
        {
            _buffer.Set("");
            (_prompt, _place, _query, _hint, _isReading) = (prompt, _history.Texts.Count, null, "", true);
            _screen.Begin();
            Draw();
        }

        while (true)
        {
            var stroke = _keys.Read();
            lock (_gate)
            {
                bool isLast = _hint.Length > 0 && stroke == KeyStroke.Control(ConsoleKey.C);
                bool isEnd = stroke == KeyStroke.Control(ConsoleKey.D) && _buffer.Text.Length == 0 && _query is null;
                _hint = "";
                bool isDone = !isLast && !isEnd && Handle(stroke);
                Draw();
                if (!isDone && !isLast && !isEnd) continue;
                _isReading = false;
                _screen.End();
                if (!isDone) return null;
                if (!string.IsNullOrWhiteSpace(_buffer.Text)) _history.Add(_buffer.Text);
                return _buffer.Text;
            }
        }
    }

    /// <summary>Draws the line anew after the window was resized.</summary>
    public void Resized()
    {
        lock (_gate)
        {
            if (_isReading) _screen.Resized();
        }
    }

    private void Draw() => _screen.Draw(_query is null ? _prompt : $"search: {_query} > ", _buffer.Text, _buffer.Cursor, _hint);

    // Whether the line is finished.
    private bool Handle(KeyStroke stroke)
    {
        if (_query is not null && Search(stroke)) return false;
        if (stroke.Text is { } text)
        {
            _buffer.Insert(text);
            return false;
        }

        switch (stroke)
        {
            case (_, ConsoleKey.Enter, ConsoleModifiers.None):
                return true;
            case (_, ConsoleKey.Enter, _) or (_, ConsoleKey.J, ConsoleModifiers.Control):
                _buffer.Insert("\n");
                break;
            case (_, ConsoleKey.C, ConsoleModifiers.Control):
                _buffer.Set("");
                (_place, _hint) = (_history.Texts.Count, LeavingHint);
                break;
            case (_, ConsoleKey.R, ConsoleModifiers.Control):
                if (_place == _history.Texts.Count) _draft = _buffer.Text;
                _query = "";
                break;
            case (_, ConsoleKey.UpArrow, _):
                if (!_buffer.Up()) Recall(_place - 1);
                break;
            case (_, ConsoleKey.DownArrow, _):
                if (!_buffer.Down()) Recall(_place + 1);
                break;
            case (_, ConsoleKey.P, ConsoleModifiers.Control):
                Recall(_place - 1);
                break;
            case (_, ConsoleKey.N, ConsoleModifiers.Control):
                Recall(_place + 1);
                break;
            default:
                Edit(stroke.Key, stroke.Modifiers);
                break;
        }

        return false;
    }

    private void Edit(ConsoleKey key, ConsoleModifiers modifiers)
    {
        bool control = modifiers.HasFlag(ConsoleModifiers.Control), alt = modifiers.HasFlag(ConsoleModifiers.Alt);
        Action? edit = (key, control, alt) switch
        {
            (ConsoleKey.LeftArrow, true, _) or (ConsoleKey.LeftArrow, _, true) or (ConsoleKey.B, false, true) => _buffer.WordLeft,
            (ConsoleKey.RightArrow, true, _) or (ConsoleKey.RightArrow, _, true) or (ConsoleKey.F, false, true) => _buffer.WordRight,
            (ConsoleKey.LeftArrow, _, _) or (ConsoleKey.B, true, false) => _buffer.Left,
            (ConsoleKey.RightArrow, _, _) or (ConsoleKey.F, true, false) => _buffer.Right,
            (ConsoleKey.Home, _, _) or (ConsoleKey.A, true, false) => _buffer.Home,
            (ConsoleKey.End, _, _) or (ConsoleKey.E, true, false) => _buffer.End,
            (ConsoleKey.W, true, false) => () => _buffer.KillWordLeft(bySpaces: true),
            (ConsoleKey.Backspace, true, _) or (ConsoleKey.Backspace, _, true) => () => _buffer.KillWordLeft(bySpaces: false),
            (ConsoleKey.Delete, true, _) or (ConsoleKey.D, false, true) => _buffer.KillWordRight,
            (ConsoleKey.Backspace, _, _) or (ConsoleKey.H, true, false) => _buffer.Backspace,
            (ConsoleKey.Delete, _, _) or (ConsoleKey.D, true, false) => _buffer.Delete,
            (ConsoleKey.U, true, false) => _buffer.KillToStart,
            (ConsoleKey.K, true, false) => _buffer.KillToEnd,
            (ConsoleKey.Y, true, false) => _buffer.Yank,
            _ => null,
        };
        edit?.Invoke();
    }

    private void Recall(int place)
    {
        if (place < 0 || place > _history.Texts.Count) return;
        if (_place == _history.Texts.Count) _draft = _buffer.Text;
        _place = place;
        _buffer.Set(place == _history.Texts.Count ? _draft : _history.Texts[place]);
    }

    // Keys of the search; any other ends it with what was found, and is done as usual.
    private bool Search(KeyStroke stroke)
    {
        switch (stroke)
        {
            case ({ } text, _, _):
                _query += text;
                Find(_history.Texts.Count - 1);
                return true;
            case (_, ConsoleKey.Backspace, _):
                _query = string.Concat(_query!.EnumerateRunes().SkipLast(1));
                Find(_history.Texts.Count - 1);
                return true;
            case (_, ConsoleKey.R, ConsoleModifiers.Control):
                Find(_place - 1, otherThan: _buffer.Text);
                return true;
            case (_, ConsoleKey.G or ConsoleKey.C, ConsoleModifiers.Control) or (_, ConsoleKey.Escape, _):
                (_query, _place) = (null, _history.Texts.Count);
                _buffer.Set(_draft);
                return true;
            default:
                _query = null;
                return false;
        }
    }

    private void Find(int from, string? otherThan = null)
    {
        for (int i = Math.Min(from, _history.Texts.Count - 1); i >= 0 && _query!.Length > 0; i--)
        {
            if (_history.Texts[i] == otherThan || !_history.Texts[i].Contains(_query, StringComparison.OrdinalIgnoreCase)) continue;
            _place = i;
            _buffer.Set(_history.Texts[i]);
            return;
        }
    }
}
