using System.Globalization;
using System.Numerics;
using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>
/// One field of a format, shared by <c>'%-5.2f' %</c> and <c>'{:&lt;5.2f}'.format</c>: type, width, precision and flags.
/// </summary>
internal sealed record NumberFormat
{
    public char Type { get; init; }

    public int? Precision { get; init; }

    /// <summary>"+" or " " puts that before what is not negative.</summary>
    public char Sign { get; init; } = '-';

    /// <summary>0x, 0o and 0b before integers; floats keep their point.</summary>
    public bool IsAlternate { get; init; }

    /// <summary>"," or "_" between groups of digits, or null.</summary>
    public char? Grouping { get; init; }

    /// <summary>The integer's digits with prefix and grouping, without its sign.</summary>
    public string Integer(BigInteger value)
    {
        var magnitude = BigInteger.Abs(value);
        var (digits, prefix, group) = Type switch
        {
            'x' => (Radix(magnitude, 16), "0x", 4),
            'X' => (Radix(magnitude, 16).ToUpperInvariant(), "0X", 4),
            'o' => (Radix(magnitude, 8), "0o", 4),
            'b' => (Radix(magnitude, 2), "0b", 4),
            _ => (magnitude.ToString(CultureInfo.InvariantCulture), "", 3),
        };
        return (IsAlternate ? prefix : "") + Group(digits, group);
    }

    /// <summary>The float's digits, without its sign.</summary>
    public string Float(double value)
    {
        var magnitude = Math.Abs(value);
        if (!double.IsFinite(magnitude))
        {
            var name = double.IsNaN(value) ? "nan" : "inf";
            return char.IsUpper(Type) ? name.ToUpperInvariant() : name;
        }
        var precision = Precision ?? 6;
        if (precision > ExactDecimal.MaxDigits)
            throw TemplateFault.Limit($"a precision of {precision} digits, at most {ExactDecimal.MaxDigits} are given");
        var text = char.ToLowerInvariant(Type) switch
        {
            'f' => Point(ExactDecimal.Fixed(magnitude, precision)),
            '%' => Point(ExactDecimal.Fixed(magnitude * 100, precision)) + "%",
            'e' => Exponential(magnitude, precision),
            'g' => General(magnitude, Math.Max(precision, 1)),
            _ when Precision is { } digits => General(magnitude, Math.Max(digits, 1), keepsPoint: true),
            _ => PythonText.Number(magnitude),
        };
        if (char.IsUpper(Type))
            text = text.ToUpperInvariant();
        var point = text.AsSpan().IndexOfAny(".eE%");
        return point < 0 ? Group(text, 3) : Group(text[..point], 3) + text[point..];
    }

    public string SignOf(bool isNegative) => isNegative ? "-" : Sign == '-' ? "" : Sign.ToString();

    /// <summary>Inserts zeros after sign and prefix up to a width.</summary>
    public static string ZeroPad(string sign, string digits, int width)
    {
        var missing = width - sign.Length - digits.Length;
        var prefix = digits.Length > 1 && digits[0] == '0' && char.IsAsciiLetter(digits[1]) ? 2 : 0;
        return missing <= 0 ? sign + digits : sign + digits[..prefix] + new string('0', missing) + digits[prefix..];
    }

    private string Point(string text) => IsAlternate && !text.Contains('.') ? text + "." : text;

    private string Group(string digits, int size)
    {
        if (Grouping is not { } separator)
            return digits;
        var result = new StringBuilder();
        for (var i = 0; i < digits.Length; i++)
        {
            if (i > 0 && (digits.Length - i) % size == 0)
                result.Append(separator);
            result.Append(digits[i]);
        }
        return result.ToString();
    }

    private static string Exponential(double value, int precision)
    {
        var text = value.ToString("E" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var mantissa = text[..text.IndexOf('E')];
        var exponent = int.Parse(text.AsSpan(text.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return FormattableString.Invariant($"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    private string General(double value, int precision, bool keepsPoint = false)
    {
        var scientific = Exponential(value, precision - 1);
        var exponentAt = scientific.IndexOf('e');
        var exponent = value == 0 ? 0 : int.Parse(scientific.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var isScientific = exponent < -4 || exponent >= precision || (keepsPoint && exponent == precision - 1 && exponent > 0);
        var text = isScientific ? scientific[..exponentAt] : ExactDecimal.Fixed(value, Math.Max(precision - 1 - exponent, 0));
        if (!IsAlternate && text.Contains('.'))
            text = text.TrimEnd('0').TrimEnd('.');
        if (isScientific)
            return text + scientific[exponentAt..];
        return keepsPoint && !text.Contains('.') ? text + ".0" : text;
    }

    private static string Radix(BigInteger value, int radix)
    {
        if (value.IsZero)
            return "0";
        var (bits, perDigit) = (value.GetBitLength(), radix == 16 ? 4 : radix == 8 ? 3 : 1);
        var digits = new char[(bits + perDigit - 1) / perDigit];
        var bytes = value.ToByteArray(isUnsigned: true);
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = 0;
            for (var bit = perDigit - 1; bit >= 0; bit--)
            {
                var at = (i * perDigit) + bit;
                digit = (digit << 1) | (at / 8 < bytes.Length ? (bytes[at / 8] >> (at % 8)) & 1 : 0);
            }
            digits[^(i + 1)] = "0123456789abcdef"[digit];
        }
        return new string(digits);
    }
}
