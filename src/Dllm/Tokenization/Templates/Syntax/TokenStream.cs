namespace Dllm.Tokenization.Templates;

/// <summary>A cursor over a template's tokens, and the nesting depth of what is being parsed from them.</summary>
internal sealed class TokenStream(IReadOnlyList<Token> tokens, int maxDepth)
{
    private int _index;
    private int _depth;

    public Token Current => tokens[_index];

    public Token Following => tokens[Math.Min(_index + 1, tokens.Count - 1)];

    public Token Next()
    {
        var token = tokens[_index];
        if (token.Kind != TokenKind.EndOfTemplate)
            _index++;
        return token;
    }

    public bool TakeOperator(string symbol)
    {
        if (!Current.IsOperator(symbol))
            return false;
        Next();
        return true;
    }

    public bool TakeName(string name)
    {
        if (!Current.IsName(name))
            return false;
        Next();
        return true;
    }

    public Token Expect(TokenKind kind) => Current.Kind == kind ? Next() : throw Unexpected(Token.Describe(kind));

    public Token ExpectOperator(string symbol) => Current.IsOperator(symbol) ? Next() : throw Unexpected(symbol);

    public Token ExpectName(string name) => Current.IsName(name) ? Next() : throw Unexpected(name);

    public TemplateFault Fail(string message) => TemplateFault.Syntax(message, Current.At);

    /// <summary>Enters a nested construct; pair with <see cref="Leave"/>.</summary>
    public void Enter()
    {
        if (++_depth > maxDepth)
            throw Fail($"the template nests deeper than {maxDepth} levels");
    }

    public void Leave() => _depth--;

    private TemplateFault Unexpected(string expected) => Fail(Current.Kind == TokenKind.EndOfTemplate
        ? $"unexpected end of template, expected '{expected}'"
        : $"expected token '{expected}', got '{Current.Describe()}'");
}
