using System.Numerics;

namespace Dllm.Evaluation.Maths;

/// <summary>Expressions as quotients, and what is known of functions.</summary>
internal sealed partial class Algebra
{
    private const int LargestFactorial = 500;

    /// <summary>An expression's value.</summary>
    /// <exception cref="DivideByZeroException">It divides by 0, or is infinite.</exception>
    /// <exception cref="TooMuchWorkException">It is too large.</exception>
    public Fraction Evaluate(MathNode node) => node switch
    {
        MathNode.Number number => Fraction.Of(number.Value),
        MathNode.Symbol symbol => Fraction.Of(Monomial.Of(_atoms.Find(AtomKind.Symbol, symbol.Name), 1)),
        MathNode.Sum sum => Add(Evaluate(sum.Left), Evaluate(sum.Right)),
        MathNode.Product product => Multiply(Evaluate(product.Left), Evaluate(product.Right)),
        MathNode.Quotient quotient => Divide(Evaluate(quotient.Top), Evaluate(quotient.Bottom)),
        MathNode.Power power => Power(Evaluate(power.Base), Evaluate(power.Exponent)),
        MathNode.Call call => Function(call.Name, [.. call.Arguments.Select(Evaluate)]),
        _ => throw new DivideByZeroException(),
    };

    private Fraction Function(string name, Fraction[] arguments)
    {
        var number = arguments[0].Constant;
        return name switch
        {
            "exp" => Power(Fraction.Of(Monomial.Of(_atoms.Find(AtomKind.Function, "e"), 1)), arguments[0]),
            "log" when number is { Sign: > 0 } value => Logarithm(value),
            "sin" or "tan" or "asin" or "atan" or "sinh" or "tanh" when number is { IsZero: true } => Fraction.Zero,
            "cos" or "cosh" when number is { IsZero: true } => Fraction.One,
            "tan" => Divide(Function("sin", arguments), Function("cos", arguments)),
            "cot" => Divide(Function("cos", arguments), Function("sin", arguments)),
            "sec" => Divide(Fraction.One, Function("cos", arguments)),
            "csc" => Divide(Fraction.One, Function("sin", arguments)),
            "sin" or "asin" or "atan" or "sinh" or "tanh" => Symmetric(name, arguments[0], -1),
            "cos" or "cosh" or "abs" when number is null || name != "abs" => Symmetric(name, arguments[0], 1),
            "abs" => Fraction.Of(number!.Value.Abs),
            "floor" when number is { } value => Fraction.Of(value.Floor),
            "ceiling" when number is { } value => Fraction.Of(-(-value).Floor),
            "overline" when number is { } value => Fraction.Of(value),
            "factorial" when Whole(number) is { } n => Fraction.Of(Factorial(n)),
            "binomial" when Whole(number) is { } n && Whole(arguments[1].Constant) is { } k =>
                k > n ? Fraction.Zero : Fraction.Of(Factorial(n) / (Factorial(k) * Factorial(n - k))),
            _ => Fraction.Of(Monomial.Of(_atoms.Find(AtomKind.Function, name, arguments), 1)),
        };
    }

    // f(-x) is f(x) or -f(x): whichever of the two was seen first names the atom.
    private Fraction Symmetric(string name, Fraction argument, int sign)
    {
        if (_atoms.TryFind(AtomKind.Function, name, argument) is null
            && _atoms.TryFind(AtomKind.Function, name, Negate(argument)) is { } opposite)
        {
            return new(Polynomial.Of(Monomial.Of(opposite, 1), sign), Polynomial.One);
        }

        return Fraction.Of(Monomial.Of(_atoms.Find(AtomKind.Function, name, argument), 1));
    }

    // log 12 is 2 log 2 + log 3.
    private Fraction Logarithm(Rational number)
    {
        var terms = PrimeFactors.Of(number, _limit).Select(factor => KeyValuePair.Create(
            Monomial.Of(_atoms.Find(AtomKind.Function, "log", Fraction.Of(factor.Prime)), 1), (Rational)factor.Exponent));
        return new(Polynomial.Sum(terms), Polynomial.One);
    }

    private static int? Whole(Rational? number) =>
        number is { IsWhole: true, Sign: >= 0 } value && value.Numerator <= LargestFactorial ? (int)value.Numerator : null;

    private static BigInteger Factorial(int number) => Enumerable.Range(1, number).Aggregate(BigInteger.One, (product, i) => product * i);
}
