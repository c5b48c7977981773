namespace Dllm.Tokenization.Templates;

/// <summary>Statements: the text of a template and its <c>{% … %}</c> tags, by recursive descent.</summary>
internal sealed class TemplateParser
{
    /// <summary>Longest template in UTF-16 units; the longest published ones have some ten thousand.</summary>
    private const int MaxLength = 1 << 22;

    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private readonly Stack<Token> _openTags = [];
    private int _loopDepth;

    private TemplateParser(TokenStream tokens)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens);
    }

    public static IReadOnlyList<Statement> Parse(string source, int maxDepth, TemplateDialect dialect)
    {
        if (source.Length > MaxLength)
            throw TemplateFault.Syntax($"the template has {source.Length} characters, at most {MaxLength} are read", new SourcePosition(1, 1));
        var tokens = TemplateLexer.Tokenize(new TemplateSource(source, dialect));
        return new TemplateParser(new TokenStream(tokens, maxDepth)).ParseUntil();
    }

    /// <summary>Parses statements up to one of the closing tags, whose name is then the current token.</summary>
    private List<Statement> ParseUntil(params ReadOnlySpan<string> closingTags)
    {
        List<Statement> body = [];
        while (true)
        {
            var token = _tokens.Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new TextStatement(token.At, _tokens.Next().Value));
                    break;
                case TokenKind.VariableBegin:
                    _tokens.Next();
                    body.Add(new OutputStatement(token.At, _expressions.ParseTuple()));
                    _tokens.Expect(TokenKind.VariableEnd);
                    break;
                case TokenKind.BlockBegin:
                    _tokens.Next();
                    if (_tokens.Current.Kind == TokenKind.Name && closingTags.Contains(_tokens.Current.Value))
                        return body;
                    body.Add(ParseStatement(closingTags));
                    _tokens.Expect(TokenKind.BlockEnd);
                    break;
                default:
                    return closingTags.IsEmpty
                        ? body
                        : throw _tokens.Fail($"unexpected end of template, {Missing(closingTags, _openTags.Peek())}");
            }
        }
    }

    /// <summary>Parses a tag's body: what follows the head's end, up to and with the name of the closing tag.</summary>
    private List<Statement> ParseBody(string closingTag)
    {
        var body = ParseBodyUntil(closingTag);
        _tokens.Next();
        return body;
    }

    private List<Statement> ParseBodyUntil(params ReadOnlySpan<string> closingTags)
    {
        _tokens.TakeOperator(":");
        _tokens.Expect(TokenKind.BlockEnd);
        return ParseUntil(closingTags);
    }

    private Statement ParseStatement(ReadOnlySpan<string> closingTags)
    {
        var tag = _tokens.Current;
        if (tag.Kind != TokenKind.Name)
            throw _tokens.Fail("tag name expected");
        _tokens.Enter();
        _tokens.Next();
        _openTags.Push(tag);
        Statement statement = tag.Value switch
        {
            "if" => ParseIf(tag.At),
            "for" => ParseFor(tag.At),
            "set" => ParseSet(tag.At),
            "with" => ParseWith(tag.At),
            "print" => new OutputStatement(tag.At, new ConcatenationExpression(tag.At, ParsePrinted())),
            "filter" => new FilterBlockStatement(tag.At, _expressions.ParseFilterChain(), ParseBody("endfilter")),
            "macro" => new MacroStatement(tag.At, ParseMacro()),
            "call" => ParseCallBlock(tag.At),
            "generation" => new GenerationStatement(tag.At, ParseBody("endgeneration")),
            "break" or "continue" when _loopDepth == 0 => throw Fail(tag, $"'{tag.Value}' outside of a loop"),
            "break" => new BreakStatement(tag.At),
            "continue" => new ContinueStatement(tag.At),
            "include" or "import" or "from" or "extends" or "block" or "autoescape" =>
                throw Fail(tag, $"the tag '{tag.Value}' is not available in chat templates"),
            _ => throw Fail(tag, UnknownTag(tag.Value, closingTags)),
        };
        _openTags.Pop();
        _tokens.Leave();
        return statement;
    }

    private IfStatement ParseIf(SourcePosition at)
    {
        List<(Expression?, IReadOnlyList<Statement>)> branches = [];
        string closing;
        do
        {
            var test = _expressions.ParseTuple(conditional: false);
            branches.Add((test, ParseBodyUntil("elif", "else", "endif")));
            closing = _tokens.Next().Value;
        }
        while (closing == "elif");
        if (closing == "else")
            branches.Add((null, ParseBody("endif")));
        return new IfStatement(at, branches);
    }

    private ForStatement ParseFor(SourcePosition at)
    {
        var target = ParseTarget(end: "in");
        _tokens.ExpectName("in");
        var items = _expressions.ParseTuple(conditional: false);
        var filter = _tokens.TakeName("if") ? _expressions.Parse() : null;
        var isRecursive = _tokens.TakeName("recursive");
        _loopDepth++;
        var body = ParseBodyUntil("endfor", "else");
        _loopDepth--;
        var otherwise = _tokens.Next().Value == "else" ? ParseBody("endfor") : [];
        return new ForStatement(at, target, items, filter, isRecursive, body, otherwise);
    }

    private Statement ParseSet(SourcePosition at)
    {
        var target = ParseTarget(allowNamespace: true);
        if (_tokens.TakeOperator("="))
            return new SetStatement(at, target, _expressions.ParseTuple());
        var filter = _expressions.ParseFilters(null);
        return new SetBlockStatement(at, target, filter, ParseBody("endset"));
    }

    private WithStatement ParseWith(SourcePosition at)
    {
        List<(Expression, Expression)> bindings = [];
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (bindings.Count > 0)
                _tokens.ExpectOperator(",");
            var target = ParseSingleTarget(allowNamespace: false);
            _tokens.ExpectOperator("=");
            bindings.Add((target, _expressions.Parse()));
        }
        return new WithStatement(at, bindings, ParseBody("endwith"));
    }

    private List<Expression> ParsePrinted()
    {
        List<Expression> printed = [];
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (printed.Count > 0)
                _tokens.ExpectOperator(",");
            printed.Add(_expressions.Parse());
        }
        return printed;
    }

    private CallBlockStatement ParseCallBlock(SourcePosition at)
    {
        var parameters = _tokens.Current.IsOperator("(") ? ParseParameters() : [];
        if (_expressions.Parse() is not CallExpression call)
            throw TemplateFault.Syntax("expected call", at);
        return new CallBlockStatement(at, call, ParseMacroBody("caller", parameters, "endcall"));
    }

    private MacroDefinition ParseMacro()
    {
        var name = _tokens.Expect(TokenKind.Name).Value;
        return ParseMacroBody(name, ParseParameters(), "endmacro");
    }

    private MacroDefinition ParseMacroBody(string name, List<(string Name, Expression? Default)> parameters, string closingTag)
    {
        var outerLoops = _loopDepth;
        _loopDepth = 0;
        var (body, names) = _expressions.CollectNames(() => ParseBody(closingTag));
        _loopDepth = outerLoops;
        var takesCaller = names.Contains("caller") && !parameters.Exists(p => p.Name == "caller");
        return new MacroDefinition(name, parameters, body, takesCaller, names.Contains("varargs"), names.Contains("kwargs"));
    }

    private List<(string Name, Expression? Default)> ParseParameters()
    {
        List<(string, Expression? Default)> parameters = [];
        var hasDefaults = false;
        _tokens.ExpectOperator("(");
        while (!_tokens.Current.IsOperator(")"))
        {
            if (parameters.Count > 0)
                _tokens.ExpectOperator(",");
            var name = _tokens.Expect(TokenKind.Name).Value;
            var defaultValue = _tokens.TakeOperator("=") ? _expressions.Parse() : null;
            if (defaultValue is null && hasDefaults)
                throw _tokens.Fail("non-default argument follows default argument");
            hasDefaults |= defaultValue is not null;
            parameters.Add((name, defaultValue));
        }
        _tokens.ExpectOperator(")");
        return parameters;
    }

    /// <summary>Parses what a value is assigned to: a name, several names, or a namespace's attribute.</summary>
    private Expression ParseTarget(string? end = null, bool allowNamespace = false)
    {
        var at = _tokens.Current.At;
        var first = ParseSingleTarget(allowNamespace);
        if (!_tokens.Current.IsOperator(","))
            return first;
        List<Expression> items = [first];
        while (_tokens.TakeOperator(","))
        {
            var isEnd = _tokens.Current.IsOperator("=") || _tokens.Current.IsOperator(")")
                || _tokens.Current.Kind == TokenKind.BlockEnd || (end is not null && _tokens.Current.IsName(end));
            if (isEnd)
                break;
            items.Add(ParseSingleTarget(allowNamespace));
        }
        return new TupleExpression(at, items);
    }

    private Expression ParseSingleTarget(bool allowNamespace)
    {
        if (_tokens.TakeOperator("("))
        {
            _tokens.Enter();
            var inner = ParseTarget(allowNamespace: allowNamespace);
            _tokens.Leave();
            _tokens.ExpectOperator(")");
            return inner;
        }
        var token = _tokens.Current;
        if (token.Kind is TokenKind.Text or TokenKind.Integer or TokenKind.Float
            || token is { Kind: TokenKind.Name, Value: "true" or "True" or "false" or "False" or "none" or "None" })
        {
            throw _tokens.Fail("can't assign to a constant");
        }
        _tokens.Expect(TokenKind.Name);
        return allowNamespace && _tokens.TakeOperator(".")
            ? new NamespaceTarget(token.At, token.Value, _tokens.Expect(TokenKind.Name).Value)
            : new NameExpression(token.At, token.Value);
    }

    private string UnknownTag(string name, ReadOnlySpan<string> closingTags) =>
        closingTags.IsEmpty ? $"unknown tag '{name}'" : $"unknown tag '{name}', {Missing(closingTags, _openTags.ElementAt(1))}";

    private static string Missing(ReadOnlySpan<string> closingTags, Token open) =>
        $"expected '{string.Join("' or '", closingTags.ToArray())}' to close the '{open.Value}' of {open.At}";

    private static TemplateFault Fail(Token tag, string message) => TemplateFault.Syntax(message, tag.At);
}
