namespace Dllm.Tokenization.Templates;

internal abstract record Statement(SourcePosition At);

internal sealed record TextStatement(SourcePosition At, string Text) : Statement(At);

internal sealed record OutputStatement(SourcePosition At, Expression Value) : Statement(At);

/// <summary><c>if</c> and its <c>elif</c>s in order; <c>else</c> is the branch without a test.</summary>
internal sealed record IfStatement(
    SourcePosition At, IReadOnlyList<(Expression? Test, IReadOnlyList<Statement> Body)> Branches) : Statement(At);

internal sealed record ForStatement(
    SourcePosition At,
    Expression Target,
    Expression Items,
    Expression? Filter,
    bool IsRecursive,
    IReadOnlyList<Statement> Body,
    IReadOnlyList<Statement> Otherwise) : Statement(At);

internal sealed record BreakStatement(SourcePosition At) : Statement(At);

internal sealed record ContinueStatement(SourcePosition At) : Statement(At);

internal sealed record SetStatement(SourcePosition At, Expression Target, Expression Value) : Statement(At);

/// <summary><c>{% set target | filters %}body{% endset %}</c></summary>
internal sealed record SetBlockStatement(
    SourcePosition At, Expression Target, FilterExpression? Filter, IReadOnlyList<Statement> Body) : Statement(At);

internal sealed record WithStatement(
    SourcePosition At, IReadOnlyList<(Expression Target, Expression Value)> Bindings, IReadOnlyList<Statement> Body) : Statement(At);

internal sealed record FilterBlockStatement(SourcePosition At, FilterExpression Filter, IReadOnlyList<Statement> Body) : Statement(At);

/// <summary>
/// Parameters and body of a macro or of a call block. The special names that the body reads decide whether surplus
/// arguments and a caller are taken or refused.
/// </summary>
internal sealed record MacroDefinition(
    string Name,
    IReadOnlyList<(string Name, Expression? Default)> Parameters,
    IReadOnlyList<Statement> Body,
    bool TakesCaller,
    bool TakesPositional,
    bool TakesNamed);

internal sealed record MacroStatement(SourcePosition At, MacroDefinition Macro) : Statement(At);

internal sealed record CallBlockStatement(SourcePosition At, CallExpression Call, MacroDefinition Caller) : Statement(At);

/// <summary><c>{% generation %}</c>: what the assistant said, for assistant masks.</summary>
internal sealed record GenerationStatement(SourcePosition At, IReadOnlyList<Statement> Body) : Statement(At);
