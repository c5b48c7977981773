using System.Numerics;

namespace Dllm.Evaluation.Maths;

/// <summary>
/// Exact arithmetic with quotients of polynomials over atoms. Fractional powers of numbers are products of roots of primes, of which a sum
/// is 0 only when every term is; an atom's root taken whole again, and the square of a cosine, are replaced by what they are.
/// </summary>
internal sealed partial class Algebra
{
    private const long LargestNumberBits = 10_000;
    private const int MaximumDepth = 100;

    private readonly WorkLimit _limit;
    private readonly AtomTable _atoms;
    private int _depth;

    /// <param name="steps">How much work a comparison may take.</param>
    public Algebra(long steps = 2_000_000)
    {
        _limit = new(steps);
        _atoms = new(AreEqual);
    }

    /// <summary>Whether two expressions are equal wherever both are defined.</summary>
    public bool AreEqual(Fraction a, Fraction b) => Add(a, Negate(b)).Top.IsZero;

    private static Fraction Negate(Fraction a) => a with { Top = a.Top * -1 };

    private Fraction Add(Fraction a, Fraction b)
    {
        _limit.Count(1 + a.Top.Terms.Count + b.Top.Terms.Count);
        if (a.Bottom.Constant == Rational.One && b.Bottom.Constant == Rational.One) return new(a.Top + b.Top, Polynomial.One);
        if (a.Bottom == b.Bottom) return new(a.Top + b.Top, a.Bottom);
        var left = Product(a.Top, b.Bottom);
        var right = Product(b.Top, a.Bottom);
        var bottom = Product(a.Bottom, b.Bottom);
        return Divide(Add(left, right), bottom);
    }

    private Fraction Multiply(Fraction a, Fraction b)
    {
        if (a == Fraction.One) return b;
        if (b == Fraction.One) return a;
        if (++_depth > MaximumDepth) throw new TooMuchWorkException();
        var result = Divide(Product(a.Top, b.Top), Product(a.Bottom, b.Bottom));
        _depth--;
        return result;
    }

    /// <exception cref="DivideByZeroException">The second is 0.</exception>
    private Fraction Divide(Fraction a, Fraction b)
    {
        if (b.Top.IsZero) throw new DivideByZeroException();
        if (b.Top.Constant is { } number && b.Bottom.Constant is { } divisor) return a with { Top = a.Top * (divisor / number) };
        if (a.Bottom.Constant is { } one && b.Bottom.Constant is { } two) return new(a.Top * (two / one), b.Top);
        return Multiply(a, new(b.Bottom, b.Top));
    }

    /// <summary>A product with the atoms' own rules applied: a quotient, as a root's base may be one.</summary>
    private Fraction Product(Polynomial a, Polynomial b)
    {
        var product = Polynomial.Product(a, b, _limit);
        if (!product.Terms.Any(term => Reducible(term.Key) is not null)) return new(product, Polynomial.One);

        var plain = new Fraction(Polynomial.Sum(product.Terms.Where(term => Reducible(term.Key) is null)), Polynomial.One);
        return product.Terms.Where(term => Reducible(term.Key) is not null)
            .Aggregate(plain, (sum, term) => Add(sum, Reduce(term.Key, term.Value)));
    }

    private (int Atom, Rational Exponent)? Reducible(Monomial monomial)
    {
        foreach (var factor in monomial.Factors)
        {
            var atom = _atoms[factor.Atom];
            var isReducible = atom.Kind switch
            {
                AtomKind.Root => factor.Exponent.Numerator >= factor.Exponent.Denominator,
                AtomKind.Prime => factor.Exponent.Numerator >= factor.Exponent.Denominator && IsSmall(atom.Number, factor.Exponent.Floor),
                AtomKind.Function => atom.Name == "cos" && factor.Exponent.Numerator >= 2 * factor.Exponent.Denominator,
                _ => false,
            };
            if (isReducible) return factor;
        }

        return null;
    }

    private Fraction Reduce(Monomial monomial, Rational coefficient)
    {
        _limit.Count(1);
        if (Reducible(monomial) is not (var number, var exponent)) return new(Polynomial.Of(monomial, coefficient), Polynomial.One);
        var atom = _atoms[number];
        switch (atom.Kind)
        {
            case AtomKind.Prime:
                var whole = exponent.Floor;
                var power = atom.Number == -1 ? (whole.IsEven ? 1 : -1) : BigInteger.Pow(atom.Number, (int)whole);
                return Reduce(monomial.With(number, exponent - whole), coefficient * power);
            case AtomKind.Root:
                return Multiply(Reduce(monomial.With(number, exponent - 1), coefficient), atom.Arguments[0]);
            default: // cos² is 1 − sin²
                var rest = Reduce(monomial.With(number, exponent - 2), coefficient);
                var sine = Fraction.Of(Monomial.Of(_atoms.Find(AtomKind.Function, "sin", atom.Arguments[0]), 2));
                return Multiply(rest, Add(Fraction.One, Negate(sine)));
        }
    }

    private static bool IsSmall(BigInteger number, BigInteger exponent) => BigInteger.Abs(number).IsOne
        || (exponent <= LargestNumberBits && number.GetBitLength() * exponent <= LargestNumberBits);
}
