namespace Dllm.Evaluation.Maths;

/// <summary>A quotient of polynomials, not in lowest terms: two are equal when their difference's <see cref="Top"/> is 0.</summary>
internal sealed record Fraction(Polynomial Top, Polynomial Bottom)
{
    public static Fraction Zero { get; } = new(Polynomial.Zero, Polynomial.One);

    public static Fraction One { get; } = new(Polynomial.One, Polynomial.One);

    /// <summary>The number it is; null where it has atoms, or is none.</summary>
    public Rational? Constant => Top.IsZero ? Rational.Zero
        : Top.Constant is { } top && Bottom.Constant is { } bottom ? top / bottom
        : null;

    public static Fraction Of(Rational value) => new(Polynomial.Of(Monomial.One, value), Polynomial.One);

    public static Fraction Of(Monomial monomial) => new(Polynomial.Of(monomial, 1), Polynomial.One);
}
