namespace Dllm.Evaluation.Maths;

/// <summary>What a token of LaTeX is; those with no kind of their own stand for themselves.</summary>
internal enum LatexKind
{
    /// <summary>The end of the text.</summary>
    End,

    /// <summary>A digit.</summary>
    Digit,

    /// <summary>A Latin letter.</summary>
    Letter,

    /// <summary>A <c>d</c> with the letter or symbol that follows it.</summary>
    Differential,

    /// <summary>A command: its text without the backslash.</summary>
    Command,

    /// <summary>A relation: equals, less than, …</summary>
    Relation,

    /// <summary>Primes.</summary>
    Primes,

    /// <summary>A mark: <c>+ - * / ( ) [ ] { } | ^ _ : ! , .</c>, an escaped brace, a bar with its side.</summary>
    Mark,

    /// <summary>A character that no formula has.</summary>
    Unknown,
}

/// <summary>A token.</summary>
internal readonly record struct LatexToken(LatexKind Kind, string Text)
{
    public bool IsMark(string mark) => Kind == LatexKind.Mark && Text == mark;

    public bool IsCommand(string name) => Kind == LatexKind.Command && Text == name;
}

/// <summary>
/// Cuts LaTeX into the tokens of the grammar that SymPy reads (the longest match counts): blanks, thin spaces and <c>\left</c> are left
/// out.
/// </summary>
internal sealed class LatexLexer
{
    private const string Marks = "+-*/()[]{}|^_:!,.";

    private static readonly HashSet<string> _skipped = new(StringComparer.Ordinal)
    {
        "thinspace", "medspace", "thickspace", "quad", "qquad", "negthinspace", "negmedspace", "negthickspace", "left", "right", "vrule",
        "vcenter", "vbox", "vskip", "vspace", "hfil",
    };

    private static readonly HashSet<string> _relations = new(StringComparer.Ordinal)
    {
        "neq", "leq", "le", "leqq", "leqslant", "geq", "ge", "geqq", "geqslant",
    };

    private readonly string _text;
    private int _at;

    private LatexLexer(string text) => _text = text;

    /// <summary>All tokens up to the first character that no formula has, or the end; the last says which.</summary>
    public static IReadOnlyList<LatexToken> Read(string text)
    {
        var lexer = new LatexLexer(text);
        var tokens = new List<LatexToken>();
        do
        {
            if (lexer.Next() is { } token) tokens.Add(token);
        }
        while (tokens.Count == 0 || tokens[^1].Kind is not (LatexKind.End or LatexKind.Unknown));

        return tokens;
    }

    private LatexToken? Next()
    {
        while (_at < _text.Length && IsBlank(_text[_at])) _at++;
        if (_at == _text.Length) return new(LatexKind.End, "");
        var c = _text[_at++];
        return c switch
        {
            '\\' => Escape(),
            'd' when Differential() is { } name => new(LatexKind.Differential, name),
            _ when char.IsAsciiDigit(c) => new(LatexKind.Digit, c.ToString()),
            _ when char.IsAsciiLetter(c) => new(LatexKind.Letter, c.ToString()),
            '<' or '>' => new(LatexKind.Relation, c.ToString()),
            '=' => Equal(),
            '&' => Aligned(),
            '\'' => Primes(),
            _ when Marks.Contains(c) => new(LatexKind.Mark, c.ToString()),
            _ => new(LatexKind.Unknown, c.ToString()),
        };
    }

    private LatexToken? Escape()
    {
        if (_at == _text.Length) return new(LatexKind.Unknown, @"\");
        var start = _at;
        while (_at < _text.Length && char.IsAsciiLetter(_text[_at])) _at++;
        var name = _text[start.._at];
        if (name is "left" or "right" && _at < _text.Length && _text[_at] == '|')
        {
            _at++;
            return new(LatexKind.Mark, name + "|");
        }

        if (name.Length > 0)
            return _skipped.Contains(name) ? null : new(_relations.Contains(name) ? LatexKind.Relation : LatexKind.Command, name);
        var c = _text[_at++];
        return c switch
        {
            ',' or ':' or ';' or '!' or '*' or '-' or '.' or '/' or '"' or '(' or '=' => null, // spaces
            '{' or '}' => new(LatexKind.Mark, @"\" + c),
            _ => new(LatexKind.Unknown, @"\" + c),
        };
    }

    // dx and d\theta are one token, with blanks between or without.
    private string? Differential()
    {
        var start = _at;
        while (start < _text.Length && IsBlank(_text[start])) start++;
        var end = start < _text.Length && _text[start] == '\\' ? start + 1 : start;
        if (end >= _text.Length || !char.IsAsciiLetter(_text[end])) return null;
        var name = end++;
        while (name > start && end < _text.Length && char.IsAsciiLetter(_text[end])) end++;
        _at = end;
        return _text[name..end];
    }

    private LatexToken Equal()
    {
        var end = _at;
        while (end < _text.Length && IsBlank(_text[end])) end++;
        if (end < _text.Length && _text[end] == '&') _at = end + 1;
        return new(LatexKind.Relation, "=");
    }

    private LatexToken Aligned()
    {
        var end = _at;
        while (end < _text.Length && IsBlank(_text[end])) end++;
        if (end == _text.Length || _text[end] != '=') return new(LatexKind.Unknown, "&");
        _at = end + 1;
        return new(LatexKind.Relation, "=");
    }

    private LatexToken Primes()
    {
        var start = _at - 1;
        while (_at < _text.Length && _text[_at] == '\'') _at++;
        return new(LatexKind.Primes, _text[start.._at]);
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n';
}
