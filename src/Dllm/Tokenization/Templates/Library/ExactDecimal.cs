using System.Globalization;
using System.Numerics;

namespace Dllm.Tokenization.Templates;

/// <summary>Decimal rounding of floats as Python does it: from the float's exact value, ties to even.</summary>
internal static class ExactDecimal
{
    /// <summary>The most digits after the point that anyone may ask for.</summary>
    public const int MaxDigits = 1100;

    /// <summary>The value with a fixed number of digits after the point, such as <c>%.2f</c> writes it; the sign is kept.</summary>
    public static string Fixed(double value, int digits)
    {
        var scaled = Scale(Math.Abs(value), digits);
        var text = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var sign = double.IsNegative(value) ? "-" : "";
        return digits == 0 ? sign + text : $"{sign}{text[..^digits]}.{text[^digits..]}";
    }

    /// <summary>The float nearest to the value rounded to a number of digits, which may be negative.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || digits > 330)
            return value;
        if (digits < -330)
            return Math.CopySign(0, value);
        var rounded = Scale(Math.Abs(value), digits);
        var magnitude = double.Parse(FormattableString.Invariant($"{rounded}E{-digits}"), CultureInfo.InvariantCulture);
        return Math.CopySign(magnitude, value);
    }

    /// <summary>|value| · 10^digits rounded to an integer, ties to even.</summary>
    private static BigInteger Scale(double value, int digits)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var biased = (int)(bits >> 52) & 0x7ff;
        var mantissa = new BigInteger(biased == 0 ? bits & 0xfffffffffffff : (bits & 0xfffffffffffff) | 0x10000000000000);
        var exponent = (biased == 0 ? 1 : biased) - 1075;
        var numerator = mantissa * BigInteger.Pow(10, Math.Max(digits, 0)) << Math.Max(exponent, 0);
        var denominator = BigInteger.Pow(10, Math.Max(-digits, 0)) << Math.Max(-exponent, 0);
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var twice = (remainder * 2).CompareTo(denominator);
        return twice > 0 || (twice == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
