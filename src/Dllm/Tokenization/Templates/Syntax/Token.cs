namespace Dllm.Tokenization.Templates;

internal enum TokenKind
{
    /// <summary>Text outside of tags, newlines and whitespace control already applied.</summary>
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,

    /// <summary>A string literal, unescaped.</summary>
    Text,
    Integer,
    Float,
    Operator,
    EndOfTemplate,
}

/// <summary>One token of a template. <see cref="Value"/> is its text; for a string literal the string that it denotes.</summary>
internal readonly record struct Token(TokenKind Kind, string Value, SourcePosition At)
{
    public bool IsOperator(string symbol) => Kind == TokenKind.Operator && Value == symbol;

    public bool IsName(string name) => Kind == TokenKind.Name && Value == name;

    /// <summary>How error messages name this token.</summary>
    public string Describe() => Kind is TokenKind.Name or TokenKind.Operator ? Value : Describe(Kind);

    /// <summary>How error messages name a kind of token.</summary>
    public static string Describe(TokenKind kind) => kind switch
    {
        TokenKind.Data => "template data / text",
        TokenKind.VariableBegin => "begin of print statement",
        TokenKind.VariableEnd => "end of print statement",
        TokenKind.BlockBegin => "begin of statement block",
        TokenKind.BlockEnd => "end of statement block",
        TokenKind.Name => "name",
        TokenKind.Text => "string",
        TokenKind.Integer => "integer",
        TokenKind.Float => "float",
        TokenKind.Operator => "operator",
        _ => "end of template",
    };
}
