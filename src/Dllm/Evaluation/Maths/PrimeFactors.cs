using System.Numerics;

namespace Dllm.Evaluation.Maths;

/// <summary>Whole numbers taken apart: by trial up to a bound; what is left above it stays whole, as if it were prime.</summary>
internal static class PrimeFactors
{
    private const int Bound = 2000;

    /// <summary>The factors of a positive rational number; the denominator's exponents are negative.</summary>
    public static IEnumerable<(BigInteger Prime, int Exponent)> Of(Rational number, WorkLimit limit) =>
        Of(number.Numerator, limit).Concat(Of(number.Denominator, limit).Select(factor => (factor.Prime, -factor.Exponent)));

    /// <summary>The factors of a positive whole number with their exponents.</summary>
    public static IEnumerable<(BigInteger Prime, int Exponent)> Of(BigInteger number, WorkLimit limit)
    {
        for (var candidate = 2; candidate <= Bound && candidate * (BigInteger)candidate <= number; candidate++)
        {
            limit.Count(1 + number.GetBitLength() / 64);
            var exponent = 0;
            while (BigInteger.Remainder(number, candidate).IsZero)
            {
                limit.Count(1 + number.GetBitLength() / 64);
                number /= candidate;
                exponent++;
            }

            if (exponent > 0) yield return (candidate, exponent);
        }

        if (number.IsOne) yield break;
        var root = Root(number);
        if (root * root == number) yield return (root, 2);
        else yield return (number, 1);
    }

    private static BigInteger Root(BigInteger number)
    {
        var guess = BigInteger.One << (int)((number.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (guess + number / guess) >> 1;
            if (next >= guess) return guess;
            guess = next;
        }
    }
}
