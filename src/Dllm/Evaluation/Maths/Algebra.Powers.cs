using System.Numerics;

namespace Dllm.Evaluation.Maths;

/// <summary>Powers and roots.</summary>
internal sealed partial class Algebra
{
    private const int LargestExponent = 500;

    private Fraction Power(Fraction @base, Fraction exponent) => exponent.Constant is { } number
        ? Power(@base, number)
        : SymbolicPower(@base, exponent);

    private Fraction Power(Fraction @base, Rational exponent)
    {
        if (exponent.IsZero) return Fraction.One;
        if (@base.Constant is { } number) return NumberPower(number, exponent);
        if (exponent.Sign < 0) return Divide(Fraction.One, Power(@base, -exponent));

        var whole = exponent.Floor;
        if (whole > LargestExponent && !IsMonomial(@base)) throw new TooMuchWorkException();
        var result = IsMonomial(@base) ? MonomialPower(@base, whole) : Repeated(@base, (int)whole);
        return exponent.IsWhole ? result : Multiply(result, Root(@base, exponent - whole));
    }

    private static bool IsMonomial(Fraction value) => value.Bottom.Constant is not null && value.Top.Terms.Count == 1;

    private Fraction MonomialPower(Fraction @base, BigInteger exponent)
    {
        var (monomial, factor) = @base.Top.Terms.Single();
        var power = Product(Polynomial.Of(monomial.Power(exponent), 1), Polynomial.One);
        return exponent.IsZero ? Fraction.One : Multiply(NumberPower(factor / @base.Bottom.Constant!.Value, exponent), power);
    }

    private Fraction Repeated(Fraction @base, int exponent)
    {
        var result = Fraction.One;
        for (var i = 0; i < exponent; i++) result = Multiply(result, @base);
        return result;
    }

    /// <exception cref="DivideByZeroException">0 to an exponent below 0.</exception>
    private Fraction NumberPower(Rational number, Rational exponent)
    {
        if (number.IsZero) return exponent.Sign > 0 ? Fraction.Zero : throw new DivideByZeroException();
        if (exponent.IsWhole && IsSmall(Largest(number), BigInteger.Abs(exponent.Numerator)) && exponent.Bits <= 32)
        {
            _limit.Count(1 + number.Bits * (long)BigInteger.Abs(exponent.Numerator) / 64);
            return Fraction.Of(number.Power((int)exponent.Numerator));
        }

        var factors = PrimeFactors.Of(number.Abs, _limit);
        if (number.Sign < 0) factors = factors.Append((BigInteger.MinusOne, 1));
        return factors.Aggregate(
            Fraction.One, (product, factor) => Multiply(product, PrimePower(factor.Prime, exponent * factor.Exponent)));
    }

    // A prime's whole powers are worked out unless they are very large, and -1's always.
    private Fraction PrimePower(BigInteger prime, Rational exponent)
    {
        var whole = exponent.Floor;
        if (prime == -1)
        {
            var sign = whole.IsEven ? 1 : -1;
            return new(Polynomial.Of(Monomial.Of(_atoms.Find(prime), exponent - whole), sign), Polynomial.One);
        }

        if (!IsSmall(prime, BigInteger.Abs(whole)))
        {
            var power = Fraction.Of(Monomial.Of(_atoms.Find(prime), exponent.Abs));
            return exponent.Sign > 0 ? power : Divide(Fraction.One, power);
        }

        var coefficient = ((Rational)prime).Power((int)whole);
        return new(Polynomial.Of(Monomial.Of(_atoms.Find(prime), exponent - whole), coefficient), Polynomial.One);
    }

    private static BigInteger Largest(Rational number) => BigInteger.Max(BigInteger.Abs(number.Numerator), number.Denominator);

    /// <summary>A root of what is no number, for an exponent between 0 and 1: numbers above 0 come out of it.</summary>
    private Fraction Root(Fraction @base, Rational exponent)
    {
        if (IsMonomial(@base) && @base.Top.Terms.Single() is { Value: var factor, Key: { Factors: [var (atom, one)] } monomial }
            && one == Rational.One && _atoms[atom].Kind == AtomKind.Symbol && (factor / @base.Bottom.Constant!.Value).Sign > 0)
        {
            return Multiply(NumberPower(factor / @base.Bottom.Constant!.Value, exponent), Fraction.Of(monomial.Power(exponent)));
        }

        if (exponent == new Rational(1, 2) && Nested(@base) is { } plain) return plain;

        var content = Content(@base.Top) / Content(@base.Bottom);
        var rest = new Fraction(@base.Top * content.Inverse, @base.Bottom);
        var root = Fraction.Of(Monomial.Of(_atoms.Find(AtomKind.Root, "", rest), exponent));
        return content == Rational.One ? root : Multiply(NumberPower(content, exponent), root);
    }

    // √(a + b√c) is √((a+d)/2) ± √((a−d)/2) where d = √(a² − b²c) is rational.
    private Fraction? Nested(Fraction @base)
    {
        if (@base.Bottom.Constant is not { } bottom || @base.Top.Terms.Count != 2) return null;
        if (@base.Top.Terms.FirstOrDefault(term => term.Key.Equals(Monomial.One)) is not { Key: not null, Value: var number }) return null;
        var (root, factor) = @base.Top.Terms.First(term => !term.Key.Equals(Monomial.One));
        var half = new Rational(1, 2);
        if (root.Factors.Any(part => _atoms[part.Atom] is not { Kind: AtomKind.Prime, Number.Sign: > 0 } || part.Exponent != half))
            return null;

        var under = root.Factors.Aggregate(Rational.One, (product, part) => product * _atoms[part.Atom].Number);
        number /= bottom;
        factor /= bottom;
        var square = number * number - factor * factor * under;
        if (square.Sign < 0 || number.Sign < 0 || NumberPower(square, new(1, 2)).Constant is not { } difference) return null;
        var (high, low) = ((number + difference) / 2, (number - difference) / 2);
        var second = NumberPower(low, new(1, 2));
        return Add(NumberPower(high, new(1, 2)), factor.Sign < 0 ? Negate(second) : second);
    }

    // The largest number above 0 that goes into all terms.
    private static Rational Content(Polynomial polynomial)
    {
        BigInteger top = 0, bottom = 1;
        foreach (var (_, factor) in polynomial.Terms)
        {
            top = BigInteger.GreatestCommonDivisor(top, factor.Numerator);
            bottom *= factor.Denominator / BigInteger.GreatestCommonDivisor(bottom, factor.Denominator);
        }

        return new(top, bottom);
    }

    // b^(2n+1) is (b^n)² b.
    private Fraction SymbolicPower(Fraction @base, Fraction exponent)
    {
        if (@base.Constant is { } one && one == Rational.One) return Fraction.One;
        if (exponent.Bottom.Constant is not { } divisor) return PowerAtom(@base, exponent, 1);
        var result = Fraction.One;
        foreach (var (monomial, factor) in exponent.Top.Terms)
        {
            var share = factor / divisor;
            var part = monomial.Equals(Monomial.One) ? Power(@base, share) : PowerAtom(@base, Fraction.Of(monomial), share);
            result = Multiply(result, part);
        }

        return result;
    }

    private Fraction PowerAtom(Fraction @base, Fraction exponent, Rational share)
    {
        if (@base.Constant is { Sign: > 0 } number && PrimeFactors.Of(number, _limit).Any(factor => factor.Prime != number))
        {
            return PrimeFactors.Of(number, _limit).Aggregate(
                Fraction.One,
                (product, factor) => Multiply(product, PowerAtom(Fraction.Of(factor.Prime), exponent, share * factor.Exponent)));
        }

        var atom = Fraction.Of(Monomial.Of(_atoms.Find(AtomKind.Power, "", @base, exponent), share.Abs));
        return share.Sign > 0 ? atom : Divide(Fraction.One, atom);
    }
}
