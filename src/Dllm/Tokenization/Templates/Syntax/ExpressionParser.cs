using System.Globalization;
using System.Numerics;

namespace Dllm.Tokenization.Templates;

/// <summary>
/// Expressions by recursive descent, weakest binding first: conditional, or, and, not, comparison, + -, ~, * / // %, **,
/// sign, postfix ( . [] () ), filters and tests. Order and quirks are the reference language's: a sign binds tighter than
/// **, and ~ tighter than +.
/// </summary>
internal sealed partial class ExpressionParser(TokenStream tokens)
{
    /// <summary>Every variable name read so far, see <see cref="CollectNames"/>.</summary>
    private HashSet<string> NamesRead { get; set; } = [];

    /// <summary>Runs <paramref name="parse"/> and tells which names it read.</summary>
    public (T Result, HashSet<string> Names) CollectNames<T>(Func<T> parse)
    {
        var outer = NamesRead;
        NamesRead = [];
        var result = parse();
        var names = NamesRead;
        outer.UnionWith(names);
        NamesRead = outer;
        return (result, names);
    }

    /// <summary>Parses one expression.</summary>
    public Expression Parse()
    {
        tokens.Enter();
        var at = tokens.Current.At;
        var expression = ParseOr();
        while (tokens.TakeName("if"))
        {
            var test = ParseOr();
            var otherwise = tokens.TakeName("else") ? Parse() : null;
            expression = new ConditionalExpression(at, test, expression, otherwise);
        }
        tokens.Leave();
        return expression;
    }

    /// <summary>Parses an expression, or a tuple where commas follow without parentheses.</summary>
    /// <param name="conditional">False where <c>if</c> ends the expression: in the heads of <c>for</c> and <c>if</c>.</param>
    public Expression ParseTuple(bool conditional = true) => ParseTuple(conditional, inParentheses: false);

    /// <summary>Parses <c>| name(…) | name …</c> on top of <paramref name="input"/>; null when no filter follows.</summary>
    public FilterExpression? ParseFilters(Expression? input)
    {
        FilterExpression? filter = null;
        while (tokens.TakeOperator("|"))
            filter = ParseFilter(filter ?? input);
        return filter;
    }

    /// <summary>Parses the <c>name(…) | name …</c> of a filter block.</summary>
    public FilterExpression ParseFilterChain()
    {
        var first = ParseFilter(null);
        return ParseFilters(first) ?? first;
    }

    private FilterExpression ParseFilter(Expression? input)
    {
        var at = tokens.Current.At;
        var name = ParseDottedName();
        var arguments = tokens.Current.IsOperator("(") ? ParseArguments() : ArgumentList.Empty;
        return new FilterExpression(at, input, name, arguments);
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (tokens.Current.IsName("or"))
            left = new BinaryExpression(tokens.Next().At, BinaryOperator.Or, left, ParseAnd());
        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (tokens.Current.IsName("and"))
            left = new BinaryExpression(tokens.Next().At, BinaryOperator.And, left, ParseNot());
        return left;
    }

    private Expression ParseNot()
    {
        if (!tokens.Current.IsName("not"))
            return ParseComparison();
        tokens.Enter();
        var expression = new UnaryExpression(tokens.Next().At, UnaryOperator.Not, ParseNot());
        tokens.Leave();
        return expression;
    }

    private Expression ParseComparison()
    {
        var at = tokens.Current.At;
        var first = ParseSum();
        List<(ComparisonOperator, Expression)>? links = null;
        while (TakeComparison() is { } comparison)
            (links ??= []).Add((comparison, ParseSum()));
        return links is null ? first : new ComparisonExpression(at, first, links);
    }

    private ComparisonOperator? TakeComparison()
    {
        if (tokens.TakeName("in"))
            return ComparisonOperator.In;
        if (tokens.Current.IsName("not") && tokens.Following.IsName("in"))
        {
            tokens.Next();
            tokens.Next();
            return ComparisonOperator.NotIn;
        }
        if (tokens.Current.Kind != TokenKind.Operator)
            return null;
        ComparisonOperator? comparison = tokens.Current.Value switch
        {
            "==" => ComparisonOperator.Equal,
            "!=" => ComparisonOperator.NotEqual,
            "<" => ComparisonOperator.Less,
            "<=" => ComparisonOperator.LessOrEqual,
            ">" => ComparisonOperator.Greater,
            ">=" => ComparisonOperator.GreaterOrEqual,
            _ => null,
        };
        if (comparison is not null)
            tokens.Next();
        return comparison;
    }

    private Expression ParseSum()
    {
        var left = ParseConcatenation();
        while (TakeBinary("+", "-") is var (at, operation))
            left = new BinaryExpression(at, operation, left, ParseConcatenation());
        return left;
    }

    private Expression ParseConcatenation()
    {
        var at = tokens.Current.At;
        var first = ParseProduct();
        if (!tokens.Current.IsOperator("~"))
            return first;
        List<Expression> parts = [first];
        while (tokens.TakeOperator("~"))
            parts.Add(ParseProduct());
        return new ConcatenationExpression(at, parts);
    }

    private Expression ParseProduct()
    {
        var left = ParsePower();
        while (TakeBinary("*", "/", "//", "%") is var (at, operation))
            left = new BinaryExpression(at, operation, left, ParsePower());
        return left;
    }

    private Expression ParsePower()
    {
        var left = ParseSigned(withFilters: true);
        while (TakeBinary("**") is var (at, operation))
            left = new BinaryExpression(at, operation, left, ParseSigned(withFilters: true));
        return left;
    }

    private (SourcePosition At, BinaryOperator Operator)? TakeBinary(params ReadOnlySpan<string> symbols)
    {
        if (tokens.Current.Kind != TokenKind.Operator || !symbols.Contains(tokens.Current.Value))
            return null;
        var token = tokens.Next();
        return (token.At, token.Value switch
        {
            "+" => BinaryOperator.Add,
            "-" => BinaryOperator.Subtract,
            "*" => BinaryOperator.Multiply,
            "/" => BinaryOperator.Divide,
            "//" => BinaryOperator.FloorDivide,
            "%" => BinaryOperator.Modulo,
            _ => BinaryOperator.Power,
        });
    }

    private Expression ParseSigned(bool withFilters)
    {
        tokens.Enter();
        var at = tokens.Current.At;
        Expression expression;
        if (tokens.TakeOperator("-"))
            expression = new UnaryExpression(at, UnaryOperator.Negate, ParseSigned(withFilters: false));
        else if (tokens.TakeOperator("+"))
            expression = new UnaryExpression(at, UnaryOperator.Plus, ParseSigned(withFilters: false));
        else
            expression = ParsePrimary();
        expression = ParsePostfix(expression);
        if (withFilters)
            expression = ParseFiltersAndTests(expression);
        tokens.Leave();
        return expression;
    }

    private Expression ParseFiltersAndTests(Expression expression)
    {
        while (true)
        {
            if (tokens.Current.IsOperator("|"))
                expression = ParseFilters(expression)!;
            else if (tokens.Current.IsName("is"))
                expression = ParseTest(expression);
            else if (tokens.Current.IsOperator("("))
                expression = new CallExpression(tokens.Current.At, expression, ParseArguments());
            else
                return expression;
        }
    }

    private Expression ParseTest(Expression input)
    {
        var at = tokens.ExpectName("is").At;
        var isNegated = tokens.TakeName("not");
        var name = ParseDottedName();
        var arguments = ArgumentList.Empty;
        if (tokens.Current.IsOperator("("))
            arguments = ParseArguments();
        else if (StartsTestArgument(tokens.Current))
            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], []);
        Expression test = new TestExpression(at, input, name, arguments);
        return isNegated ? new UnaryExpression(at, UnaryOperator.Not, test) : test;
    }

    /// <summary>Whether a test's one argument follows without parentheses, as in <c>x is divisibleby 3</c>.</summary>
    private bool StartsTestArgument(Token token)
    {
        if (token.IsName("is"))
            throw tokens.Fail("You cannot chain multiple tests with is");
        return token.Kind switch
        {
            TokenKind.Name => token.Value is not ("else" or "or" or "and"),
            TokenKind.Operator => token.Value is "[" or "{",
            _ => token.Kind is TokenKind.Text or TokenKind.Integer or TokenKind.Float,
        };
    }

    private string ParseDottedName()
    {
        List<string> names = [tokens.Expect(TokenKind.Name).Value];
        while (tokens.TakeOperator("."))
            names.Add(tokens.Expect(TokenKind.Name).Value);
        return string.Join('.', names);
    }

    /// <summary>The value of a number token.</summary>
    private static object ReadNumber(Token token)
    {
        if (token.Value.Length > PythonNumber.MaxDigits)
            throw TemplateFault.Syntax($"a number of {token.Value.Length} digits, at most {PythonNumber.MaxDigits} are read", token.At);
        if (token.Kind == TokenKind.Float)
            return double.Parse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (token.Value.Length > 2 && char.IsAsciiLetter(token.Value[1]))
        {
            var radix = char.ToLowerInvariant(token.Value[1]) switch { 'x' => 16, 'o' => 8, _ => 2 };
            var value = BigInteger.Zero;
            foreach (var digit in token.Value.AsSpan(2))
                value = (value * radix) + Convert.ToInt32(digit.ToString(), 16);
            return PythonNumber.Normalize(value);
        }
        return PythonNumber.Normalize(BigInteger.Parse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
