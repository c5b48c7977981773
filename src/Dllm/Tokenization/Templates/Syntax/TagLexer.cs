namespace Dllm.Tokenization.Templates;

/// <summary>Cuts the inside of one <c>{{ … }}</c> or <c>{% … %}</c> into tokens. A closing tag counts only where brackets balance.</summary>
internal sealed class TagLexer(TemplateSource source, bool isBlock, List<Token> tokens)
{
    private static readonly string[] Operators =
    [
        "==", "!=", ">=", "<=", "//", "**",
        "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
    ];

    private readonly string _text = source.Text;
    private readonly Stack<char> _brackets = [];

    /// <summary>Reads tokens from <paramref name="position"/> to the tag's end; returns where the text after the tag begins.</summary>
    public int Read(int position)
    {
        while (true)
        {
            while (position < _text.Length && PythonText.IsWhitespace(_text[position]))
                position++;
            if (position >= _text.Length)
                return position; // the parser says what it still expected
            if (_brackets.Count == 0 && TryReadEnd(position, out var after))
                return after;
            position = ReadToken(position);
        }
    }

    private bool TryReadEnd(int position, out int after)
    {
        after = position;
        var closing = isBlock ? "%}" : "}}";
        var sign = _text[position];
        var hasSign = sign == '-' || (sign == '+' && isBlock);
        var start = hasSign ? position + 1 : position;
        if (string.CompareOrdinal(_text, start, closing, 0, 2) != 0)
            return false;
        tokens.Add(new Token(isBlock ? TokenKind.BlockEnd : TokenKind.VariableEnd, closing, source.Locate(position)));
        after = start + 2;
        if (sign == '-' || (isBlock && !hasSign))
            after = TemplateLexer.AfterBlock(source, after, strip: sign == '-');
        return true;
    }

    private int ReadToken(int position)
    {
        var c = _text[position];
        int end;
        if (char.IsAsciiDigit(c))
        {
            end = NumberEnd(position, out var kind);
            tokens.Add(new Token(kind, _text[position..end].Replace("_", ""), source.Locate(position)));
        }
        else if (char.IsLetter(c) || c == '_')
        {
            end = position;
            while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] == '_'))
                end++;
            tokens.Add(new Token(TokenKind.Name, _text[position..end], source.Locate(position)));
        }
        else if (c is '"' or '\'' && TryFindStringEnd(position, out end))
        {
            tokens.Add(new Token(TokenKind.Text, StringLiteral.Unescape(source, position + 1, end - 1), source.Locate(position)));
        }
        else
        {
            var symbol = FindOperator(position) ?? throw source.SyntaxError(position, $"unexpected char {PythonText.Repr(c.ToString())}");
            Balance(symbol[0], position);
            tokens.Add(new Token(TokenKind.Operator, symbol, source.Locate(position)));
            end = position + symbol.Length;
        }
        return end;
    }

    private string? FindOperator(int position)
    {
        foreach (var symbol in Operators)
        {
            if (string.CompareOrdinal(_text, position, symbol, 0, symbol.Length) == 0)
                return symbol;
        }
        return null;
    }

    private void Balance(char symbol, int position)
    {
        switch (symbol)
        {
            case '(': _brackets.Push(')'); break;
            case '[': _brackets.Push(']'); break;
            case '{': _brackets.Push('}'); break;
            case ')' or ']' or '}':
                if (!_brackets.TryPop(out var expected))
                    throw source.SyntaxError(position, $"unexpected '{symbol}'");
                if (expected != symbol)
                    throw source.SyntaxError(position, $"unexpected '{symbol}', expected '{expected}'");
                break;
        }
    }

    private bool TryFindStringEnd(int position, out int end)
    {
        var quote = _text[position];
        for (end = position + 1; end < _text.Length; end++)
        {
            if (_text[end] == '\\')
                end++;
            else if (_text[end] == quote)
            {
                end++;
                return true;
            }
        }
        return false;
    }

    private int NumberEnd(int start, out TokenKind kind)
    {
        kind = TokenKind.Integer;
        if (_text[start] == '0' && start + 1 < _text.Length)
        {
            var radixEnd = char.ToLowerInvariant(_text[start + 1]) switch
            {
                'x' => Digits(start + 2, char.IsAsciiHexDigit),
                'o' => Digits(start + 2, c => c is >= '0' and <= '7'),
                'b' => Digits(start + 2, c => c is '0' or '1'),
                _ => start,
            };
            if (radixEnd > start + 2)
                return radixEnd;
        }
        var end = Digits(start, char.IsAsciiDigit);
        var mayBeFloat = start == 0 || _text[start - 1] != '.'; // a.1.2 reads elements 1 and 2
        if (mayBeFloat && TryReadFraction(end, out var floatEnd))
        {
            kind = TokenKind.Float;
            return floatEnd;
        }
        return _text[start] == '0' ? Digits(start, c => c == '0') : end;
    }

    private bool TryReadFraction(int position, out int end)
    {
        end = position;
        if (end + 1 < _text.Length && _text[end] == '.' && char.IsAsciiDigit(_text[end + 1]))
            end = Digits(end + 1, char.IsAsciiDigit);
        if (end < _text.Length && _text[end] is 'e' or 'E')
        {
            var exponent = end + 1 < _text.Length && _text[end + 1] is '+' or '-' ? end + 2 : end + 1;
            if (exponent < _text.Length && char.IsAsciiDigit(_text[exponent]))
                end = Digits(exponent, char.IsAsciiDigit);
        }
        return end > position;
    }

    /// <summary>Where a run of digits ends in which single underscores may stand between digits.</summary>
    private int Digits(int position, Func<char, bool> isDigit)
    {
        while (position < _text.Length)
        {
            if (isDigit(_text[position]))
                position++;
            else if (_text[position] == '_' && position + 1 < _text.Length && isDigit(_text[position + 1]))
                position += 2;
            else
                break;
        }
        return position;
    }
}
