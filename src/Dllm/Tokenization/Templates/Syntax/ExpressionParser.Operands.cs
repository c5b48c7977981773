using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>The operands of expressions: literals, names, brackets, and what follows them directly ( . [] () ).</summary>
internal sealed partial class ExpressionParser
{
    private Expression ParsePrimary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Next();
                return token.Value switch
                {
                    "true" or "True" => new Constant(token.At, true),
                    "false" or "False" => new Constant(token.At, false),
                    "none" or "None" => new Constant(token.At, null),
                    _ => Read(token),
                };
            case TokenKind.Text:
                return ParseText();
            case TokenKind.Integer or TokenKind.Float:
                return new Constant(token.At, ReadNumber(tokens.Next()));
            case TokenKind.Operator when token.Value == "(":
                tokens.Next();
                var inner = ParseTuple(conditional: true, inParentheses: true);
                tokens.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Value == "[":
                return ParseList();
            case TokenKind.Operator when token.Value == "{":
                return ParseDict();
            default:
                throw tokens.Fail($"unexpected '{token.Describe()}'");
        }
    }

    private Expression ParsePostfix(Expression target)
    {
        while (true)
        {
            var at = tokens.Current.At;
            if (tokens.TakeOperator("."))
                target = ParseAttribute(target, at);
            else if (tokens.TakeOperator("["))
                target = ParseSubscript(target, at);
            else if (tokens.Current.IsOperator("("))
                target = new CallExpression(at, target, ParseArguments());
            else
                return target;
        }
    }

    private Expression ParseTuple(bool conditional, bool inParentheses)
    {
        var at = tokens.Current.At;
        List<Expression> items = [];
        var isTuple = false;
        while (!EndsTuple(conditional))
        {
            items.Add(conditional ? Parse() : ParseOr());
            if (!tokens.TakeOperator(","))
                break;
            isTuple = true;
        }
        if (isTuple)
            return new TupleExpression(at, items);
        if (items.Count == 1)
            return items[0];
        if (!inParentheses)
            throw tokens.Fail($"Expected an expression, got '{tokens.Current.Describe()}'");
        return new TupleExpression(at, []);
    }

    private NameExpression Read(Token name)
    {
        NamesRead.Add(name.Value);
        return new NameExpression(name.At, name.Value);
    }

    public ArgumentList ParseArguments()
    {
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        Expression? spread = null;
        Expression? spreadNamed = null;
        var open = tokens.ExpectOperator("(");
        var first = true;
        while (!tokens.Current.IsOperator(")"))
        {
            if (!first)
            {
                tokens.ExpectOperator(",");
                if (tokens.Current.IsOperator(")"))
                    break;
            }
            first = false;
            var isFreeOfSpreads = spread is null && spreadNamed is null;
            if (isFreeOfSpreads && tokens.TakeOperator("*"))
                spread = Parse();
            else if (spreadNamed is null && tokens.TakeOperator("**"))
                spreadNamed = Parse();
            else if (spreadNamed is null && tokens.Current.Kind == TokenKind.Name && tokens.Following.IsOperator("="))
                named.Add((ParseArgumentName(), Parse()));
            else if (isFreeOfSpreads && named.Count == 0)
                positional.Add(Parse());
            else
                throw TemplateFault.Syntax("invalid syntax for function call expression", open.At);
        }
        tokens.ExpectOperator(")");
        return new ArgumentList(positional, named, spread, spreadNamed);
    }

    private string ParseArgumentName()
    {
        var name = tokens.Next().Value;
        tokens.ExpectOperator("=");
        return name;
    }

    private Constant ParseText()
    {
        var at = tokens.Current.At;
        var text = tokens.Next().Value;
        if (tokens.Current.Kind != TokenKind.Text)
            return new Constant(at, text);
        var joined = new StringBuilder(text);
        while (tokens.Current.Kind == TokenKind.Text)
            joined.Append(tokens.Next().Value);
        return new Constant(at, joined.ToString());
    }

    private bool EndsTuple(bool conditional) =>
        tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd
        || tokens.Current.IsOperator(")")
        || (!conditional && tokens.Current.IsName("recursive"));

    private ListExpression ParseList()
    {
        var at = tokens.ExpectOperator("[").At;
        List<Expression> items = [];
        while (!tokens.Current.IsOperator("]"))
        {
            items.Add(Parse());
            if (!tokens.Current.IsOperator("]"))
                tokens.ExpectOperator(",");
        }
        tokens.ExpectOperator("]");
        return new ListExpression(at, items);
    }

    private DictExpression ParseDict()
    {
        var at = tokens.ExpectOperator("{").At;
        List<(Expression, Expression)> items = [];
        while (!tokens.Current.IsOperator("}"))
        {
            var key = Parse();
            tokens.ExpectOperator(":");
            items.Add((key, Parse()));
            if (!tokens.Current.IsOperator("}"))
                tokens.ExpectOperator(",");
        }
        tokens.ExpectOperator("}");
        return new DictExpression(at, items);
    }

    private Expression ParseAttribute(Expression target, SourcePosition at)
    {
        var token = tokens.Next();
        return token.Kind switch
        {
            TokenKind.Name => new AttributeExpression(at, target, token.Value),
            TokenKind.Integer => new SubscriptExpression(at, target, new Constant(token.At, ReadNumber(token))),
            _ => throw TemplateFault.Syntax("expected name or number", token.At),
        };
    }

    private SubscriptExpression ParseSubscript(Expression target, SourcePosition at)
    {
        List<Expression> indices = [];
        while (!tokens.Current.IsOperator("]"))
        {
            if (indices.Count > 0)
                tokens.ExpectOperator(",");
            indices.Add(ParseIndex());
        }
        tokens.ExpectOperator("]");
        return new SubscriptExpression(at, target, indices.Count == 1 ? indices[0] : new TupleExpression(at, indices));
    }

    private Expression ParseIndex()
    {
        var at = tokens.Current.At;
        Expression? start = null;
        if (!tokens.Current.IsOperator(":"))
        {
            start = Parse();
            if (!tokens.Current.IsOperator(":"))
                return start;
        }
        tokens.ExpectOperator(":");
        var stop = ParseBound();
        var step = tokens.TakeOperator(":") ? ParseBound() : null;
        return new SliceExpression(at, start, stop, step);
    }

    private Expression? ParseBound() =>
        tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") || tokens.Current.IsOperator(",") ? null : Parse();
}
