namespace Dllm.Evaluation.Instructions;

/// <summary>What Python's <c>json.loads</c> takes: JSON, and <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>.</summary>
internal sealed class PythonJson
{
    private const int MaximumDepth = 900;
    private const int MaximumDigits = 4300;

    private readonly string _text;
    private int _at;

    private PythonJson(string text) => _text = text;

    /// <summary>Whether a text is one value with nothing but blanks around it.</summary>
    public static bool IsValid(string text)
    {
        var reader = new PythonJson(text);
        return reader.Value(0) && reader.Peek() == '\0' && reader._at == text.Length;
    }

    private bool Value(int depth) => depth <= MaximumDepth && Peek() switch
    {
        '{' => Items('}', depth, true),
        '[' => Items(']', depth, false),
        '"' => Text(),
        't' => Word("true"),
        'f' => Word("false"),
        'n' => Word("null"),
        'N' => Word("NaN"),
        'I' => Word("Infinity"),
        '-' when string.CompareOrdinal(_text, _at, "-Infinity", 0, 9) == 0 => Word("-Infinity"),
        _ => Number(),
    };

    private bool Items(char closing, int depth, bool named)
    {
        _at++;
        if (Take(closing)) return true;
        do
        {
            if (named && !(Peek() == '"' && Text() && Take(':'))) return false;
            if (!Value(depth + 1)) return false;
        }
        while (Take(','));

        return Take(closing);
    }

    private bool Text()
    {
        for (_at++; _at < _text.Length; _at++)
        {
            var c = _text[_at];
            if (c < ' ') return false;
            if (c == '"')
            {
                _at++;
                return true;
            }

            if (c != '\\') continue;
            _at++;
            if (_at == _text.Length) return false;
            if (_text[_at] == 'u')
            {
                if (_at + 4 >= _text.Length || !_text.AsSpan(_at + 1, 4).ToString().All(char.IsAsciiHexDigit)) return false;
                _at += 4;
            }
            else if (!"\"\\/bfnrt".Contains(_text[_at])) return false;
        }

        return false;
    }

    private bool Number()
    {
        if (_at < _text.Length && _text[_at] == '-') _at++;
        var start = _at;
        var whole = Digits();
        if (whole == 0 || whole > MaximumDigits) return false;
        if (_text[start] == '0') _at = start + 1; // what follows a leading 0 is refused where it stands
        if (_at + 1 < _text.Length && _text[_at] == '.' && char.IsAsciiDigit(_text[_at + 1]))
        {
            _at++;
            Digits();
        }

        if (_at >= _text.Length || _text[_at] is not ('e' or 'E')) return true;
        var exponent = _at++;
        if (_at < _text.Length && _text[_at] is '+' or '-') _at++;
        if (Digits() == 0) _at = exponent;
        return true;
    }

    private int Digits()
    {
        var start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at])) _at++;
        return _at - start;
    }

    private bool Word(string word)
    {
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0) return false;
        _at += word.Length;
        return true;
    }

    private bool Take(char c)
    {
        if (Peek() != c) return false;
        _at++;
        return true;
    }

    private char Peek()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r') _at++;
        return _at < _text.Length ? _text[_at] : '\0';
    }
}
