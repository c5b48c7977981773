namespace Dllm.Tokenization.Templates;

internal enum UnaryOperator
{
    Not,
    Negate,
    Plus,
}

internal enum BinaryOperator
{
    Or,
    And,
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

internal enum ComparisonOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

internal abstract record Expression(SourcePosition At);

internal sealed record Constant(SourcePosition At, object? Value) : Expression(At);

internal sealed record NameExpression(SourcePosition At, string Name) : Expression(At);

internal sealed record AttributeExpression(SourcePosition At, Expression Target, string Name) : Expression(At);

internal sealed record SubscriptExpression(SourcePosition At, Expression Target, Expression Index) : Expression(At);

/// <summary>The part in brackets of <c>target[start:stop:step]</c>; stands only as a <see cref="SubscriptExpression.Index"/>.</summary>
internal sealed record SliceExpression(SourcePosition At, Expression? Start, Expression? Stop, Expression? Step) : Expression(At);

internal sealed record CallExpression(SourcePosition At, Expression Target, ArgumentList Arguments) : Expression(At);

/// <summary><c>input|name(arguments)</c>; without an input it is the filter of a block, which gets the block's text.</summary>
internal sealed record FilterExpression(SourcePosition At, Expression? Input, string Name, ArgumentList Arguments) : Expression(At);

internal sealed record TestExpression(SourcePosition At, Expression Input, string Name, ArgumentList Arguments) : Expression(At);

internal sealed record UnaryExpression(SourcePosition At, UnaryOperator Operator, Expression Operand) : Expression(At);

internal sealed record BinaryExpression(SourcePosition At, BinaryOperator Operator, Expression Left, Expression Right) : Expression(At);

/// <summary><c>a ~ b ~ c</c>: everything as text, joined.</summary>
internal sealed record ConcatenationExpression(SourcePosition At, IReadOnlyList<Expression> Parts) : Expression(At);

/// <summary>A chain such as <c>1 &lt; x &lt;= 3</c>: every link holds, each operand evaluated at most once.</summary>
internal sealed record ComparisonExpression(
    SourcePosition At, Expression First, IReadOnlyList<(ComparisonOperator Operator, Expression Operand)> Links) : Expression(At);

internal sealed record ConditionalExpression(SourcePosition At, Expression Test, Expression Then, Expression? Else) : Expression(At);

internal sealed record ListExpression(SourcePosition At, IReadOnlyList<Expression> Items) : Expression(At);

internal sealed record TupleExpression(SourcePosition At, IReadOnlyList<Expression> Items) : Expression(At);

internal sealed record DictExpression(SourcePosition At, IReadOnlyList<(Expression Key, Expression Value)> Items) : Expression(At);

/// <summary>Only as the target of <c>{% set name.attribute = … %}</c>.</summary>
internal sealed record NamespaceTarget(SourcePosition At, string Name, string Attribute) : Expression(At);

/// <summary>The arguments of a call: positional, named, and those spread from <c>*list</c> and <c>**dict</c>.</summary>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Positional,
    IReadOnlyList<(string Name, Expression Value)> Named,
    Expression? Spread = null,
    Expression? SpreadNamed = null)
{
    public static ArgumentList Empty { get; } = new([], []);
}
