using System.Globalization;
using System.Numerics;

namespace Dllm.Tokenization.Templates;

/// <summary>Filters on numbers, and on text that holds numbers.</summary>
internal static class NumberFilters
{
    public static FunctionTable Table { get; } = new FunctionTable()
        .Add("abs", ["value"], a => Absolute(a[0]))
        .Add("int", ["value", "default?", "base?"], a => ToInteger(a[0], a.Or(1, 0L), a.Integer(2, 10)))
        .Add("float", ["value", "default?"], a => ToFloat(a[0]) ?? a.Or(1, 0.0))
        .Add("round", ["value", "precision?", "method?"], a => Round(a[0], a.Integer(1, 0), a.OptionalText(2) ?? "common"));

    private static object Absolute(object? value) => value switch
    {
        double number => Math.Abs(number),
        _ when PythonNumber.IsInteger(value) => PythonNumber.Normalize(BigInteger.Abs(PythonNumber.ToInteger(value))),
        _ => throw TemplateFault.Type($"bad operand type for abs(): '{PythonText.TypeName(value)}'"),
    };

    private static object? ToInteger(object? value, object? otherwise, int radix)
    {
        switch (value)
        {
            case Undefined undefined:
                throw undefined.Fault();
            case double number:
                return double.IsNaN(number) ? otherwise : PythonNumber.Truncate(number);
            case string text when ParseInteger(text, radix) is { } integer:
                return PythonNumber.Normalize(integer);
            case string text:
                return ParseFloat(text) is { } parsed && double.IsFinite(parsed) ? PythonNumber.Truncate(parsed) : otherwise;
            default:
                return PythonNumber.IsInteger(value) ? PythonNumber.Normalize(PythonNumber.ToInteger(value)) : otherwise;
        }
    }

    private static object? ToFloat(object? value) => value switch
    {
        Undefined undefined => throw undefined.Fault(),
        string text => ParseFloat(text),
        _ => PythonNumber.IsNumber(value) ? PythonNumber.ToDouble(value) : null,
    };

    private static object Round(object? value, int precision, string method)
    {
        if (method is not ("common" or "ceil" or "floor"))
            throw TemplateFault.Value("method must be common, ceil or floor");
        if (value is Undefined undefined && method != "common")
            throw undefined.Fault();
        if (!PythonNumber.IsNumber(value))
            throw TemplateFault.Type($"type {PythonText.TypeName(value)} doesn't define __round__ method");
        if (method == "common")
        {
            return value is double number ? ExactDecimal.Round(number, precision) : RoundInteger(PythonNumber.ToInteger(value), precision);
        }
        var scale = Math.Pow(10, precision);
        var scaled = PythonNumber.ToDouble(value) * scale;
        return (method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)) / scale;
    }

    private static object RoundInteger(BigInteger value, int precision)
    {
        if (precision >= 0)
            return PythonNumber.Normalize(value);
        var unit = BigInteger.Pow(10, Math.Min(-precision, 20_000));
        var quotient = BigInteger.DivRem(BigInteger.Abs(value), unit, out var remainder);
        var order = (remainder * 2).CompareTo(unit);
        if (order > 0 || (order == 0 && !quotient.IsEven))
            quotient++;
        return PythonNumber.Normalize(quotient * unit * value.Sign);
    }

    private static BigInteger? ParseInteger(string text, int radix)
    {
        var digits = StringMethods.Strip(text, null, atStart: true, atEnd: true);
        var isNegative = digits.StartsWith('-');
        if (isNegative || digits.StartsWith('+'))
            digits = digits[1..];
        if (digits.Length > 2 && digits[0] == '0' && char.ToLowerInvariant(digits[1]) == radix switch { 16 => 'x', 8 => 'o', 2 => 'b', _ => '\0' })
            digits = digits[2..];
        if (digits.Length is 0 or > PythonNumber.MaxDigits || digits.StartsWith('_') || digits.EndsWith('_') || digits.Contains("__"))
            return null;
        if (radix == 10)
        {
            return BigInteger.TryParse(digits.Replace("_", ""), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? (isNegative ? -value : value)
                : null;
        }
        WorkMeter.Charge(digits.Length * (long)digits.Length / 64);
        var result = BigInteger.Zero;
        foreach (var c in digits.Replace("_", ""))
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : 99;
            if (digit >= radix)
                return null;
            result = (result * radix) + digit;
        }
        return isNegative ? -result : result;
    }

    private static double? ParseFloat(string text)
    {
        var trimmed = StringMethods.Strip(text, null, atStart: true, atEnd: true);
        return trimmed.TrimStart('+', '-').ToLowerInvariant() switch
        {
            "inf" or "infinity" => trimmed[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
            "nan" => double.NaN,
            _ => double.TryParse(trimmed.Replace("_", ""), NumberStyles.Float & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value)
                ? value
                : null,
        };
    }
}
