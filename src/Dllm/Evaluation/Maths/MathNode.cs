namespace Dllm.Evaluation.Maths;

/// <summary>An expression as it is written.</summary>
internal abstract record MathNode
{
    /// <summary>A number.</summary>
    internal sealed record Number(Rational Value, bool IsDecimal = false) : MathNode;

    /// <summary>A letter or a named symbol, with its index.</summary>
    internal sealed record Symbol(string Name) : MathNode;

    /// <summary>A sum.</summary>
    internal sealed record Sum(MathNode Left, MathNode Right) : MathNode;

    /// <summary>A product.</summary>
    internal sealed record Product(MathNode Left, MathNode Right) : MathNode;

    /// <summary>A quotient.</summary>
    internal sealed record Quotient(MathNode Top, MathNode Bottom) : MathNode;

    /// <summary>A power.</summary>
    internal sealed record Power(MathNode Base, MathNode Exponent) : MathNode;

    /// <summary>A function's value: one that has a name in mathematics (<c>sin</c>), or one written <c>f(x, y)</c>.</summary>
    internal sealed record Call(string Name, IReadOnlyList<MathNode> Arguments) : MathNode;

    /// <summary>Infinity, which equals nothing.</summary>
    internal sealed record Infinity : MathNode;

    /// <summary>The opposite.</summary>
    internal static MathNode Minus(MathNode node) => node is Number number
        ? number with { Value = -number.Value }
        : new Product(new Number(-1), node);
}
