using System.Globalization;
using System.Numerics;
using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>How Python turns values into text: <c>str()</c>, <c>repr()</c>, the names of types, and what it counts as whitespace.</summary>
internal static class PythonText
{
    /// <summary>No value's <c>repr</c> grows beyond this many characters.</summary>
    private const int MaxReprLength = 16 * 1024 * 1024;

    /// <summary>All characters of <c>str.isspace</c>.</summary>
    public const string Whitespace =
        " \t\n\r\v\f\u001c\u001d\u001e\u001f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
        + "\u2028\u2029\u202f\u205f\u3000";

    public static bool IsWhitespace(char c) => c is ' ' or '\n' || (c is < '\u0021' or > '\u0084' && Whitespace.Contains(c));

    /// <summary>The text that <c>{{ value }}</c> writes.</summary>
    public static string Str(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Repr(value),
    };

    public static string Repr(object? value)
    {
        if (value is string text)
            return Quote(text);
        var result = new StringBuilder();
        AppendRepr(result, value);
        return result.ToString();
    }

    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        ListValue => "list",
        TupleValue => "tuple",
        RangeValue => "range",
        DictValue => "dict",
        DictView view => view.TypeName,
        IteratorValue iterator => iterator.TypeName,
        Undefined => "Undefined",
        NamespaceValue => "Namespace",
        LoopValue => "LoopContext",
        Callable => "function",
        _ => value.GetType().Name,
    };

    /// <summary>The shortest text that reads back as the same number, laid out as Python does.</summary>
    public static string Number(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        var (digits, exponent) = ShortestDigits(Math.Abs(value));
        var sign = double.IsNegative(value) ? "-" : "";
        if (digits.Length == 0)
            return sign + "0.0";
        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        var whole = digits.PadRight(exponent + 1, '0');
        return $"{sign}{whole[..(exponent + 1)]}.{(whole.Length > exponent + 1 ? whole[(exponent + 1)..] : "0")}";
    }

    /// <summary>The fewest significant digits that read back as the value, and the power of ten of the first; no digits for 0.</summary>
    private static (string Digits, int Exponent) ShortestDigits(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var mantissaEnd = text.IndexOf('E') is var e and >= 0 ? e : text.Length;
        var exponent = mantissaEnd < text.Length ? int.Parse(text.AsSpan(mantissaEnd + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        var point = text.IndexOf('.') is var p and >= 0 ? p : mantissaEnd;
        var digits = text[..mantissaEnd].Replace(".", "");
        var leadingZeros = digits.Length - digits.TrimStart('0').Length;
        return (digits.Trim('0'), exponent + point - 1 - leadingZeros);
    }

    /// <summary>Whether Python's <c>repr</c> shows a character as it is.</summary>
    public static bool IsPrintable(int codePoint)
    {
        if (codePoint < 0x7f)
            return codePoint >= ' ';
        var category = codePoint < 0x10000 ? CharUnicodeInfo.GetUnicodeCategory((char)codePoint) : CharUnicodeInfo.GetUnicodeCategory(codePoint);
        return category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
    }

    private static void AppendRepr(StringBuilder result, object? value)
    {
        WorkMeter.Step();
        switch (value)
        {
            case null: result.Append("None"); break;
            case bool truth: result.Append(truth ? "True" : "False"); break;
            case long number: result.Append(CultureInfo.InvariantCulture, $"{number}"); break;
            case BigInteger number: result.Append(number.ToString(CultureInfo.InvariantCulture)); break;
            case double number: result.Append(Number(number)); break;
            case string text: result.Append(Quote(text)); break;
            case RangeValue { Step: 1 } range: result.Append($"range({range.Start}, {range.Stop})"); break;
            case RangeValue range: result.Append($"range({range.Start}, {range.Stop}, {range.Step})"); break;
            case TupleValue { Count: 1 } tuple: AppendItems(result, "(", tuple, ",)"); break;
            case TupleValue tuple: AppendItems(result, "(", tuple, ")"); break;
            case ListValue list: AppendItems(result, "[", list, "]"); break;
            case DictView view: AppendItems(result, view.TypeName + "([", view, "])"); break;
            case DictValue dict: AppendPairs(result, dict.Items); break;
            case NamespaceValue space:
                result.Append("<Namespace ");
                AppendPairs(result, space.Attributes.Select(item => KeyValuePair.Create((object?)item.Key, item.Value)));
                result.Append('>');
                break;
            case Undefined: result.Append("Undefined"); break;
            case LoopValue loop: result.Append($"<LoopContext {loop.Index}/{loop.Length}>"); break;
            case Callable callable: result.Append($"<function {callable.Name}>"); break;
            default: result.Append($"<{TypeName(value)} object>"); break;
        }
        if (result.Length > MaxReprLength)
            throw TemplateFault.Limit($"the text of a value is longer than {MaxReprLength} characters");
    }

    private static void AppendItems(StringBuilder result, string open, IEnumerable<object?> items, string close)
    {
        result.Append(open);
        var separator = "";
        foreach (var item in items)
        {
            result.Append(separator);
            AppendRepr(result, item);
            separator = ", ";
        }
        result.Append(close);
    }

    private static void AppendPairs(StringBuilder result, IEnumerable<KeyValuePair<object?, object?>> pairs)
    {
        result.Append('{');
        var separator = "";
        foreach (var (key, value) in pairs)
        {
            result.Append(separator);
            AppendRepr(result, key);
            result.Append(": ");
            AppendRepr(result, value);
            separator = ", ";
        }
        result.Append('}');
    }

    private static string Quote(string text)
    {
        WorkMeter.Charge(text.Length);
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var result = new StringBuilder(text.Length + 2).Append(quote);
        for (var i = 0; i < text.Length; i++)
        {
            var codePoint = CodePoints.At(text, ref i);
            if (codePoint == quote || codePoint == '\\')
                result.Append('\\').Append((char)codePoint);
            else if (codePoint is '\n' or '\r' or '\t')
                result.Append('\\').Append(codePoint == '\n' ? 'n' : codePoint == '\r' ? 'r' : 't');
            else if (IsPrintable(codePoint))
                CodePoints.Append(result, codePoint);
            else
                result.Append(codePoint < 0x100 ? $"\\x{codePoint:x2}" : codePoint < 0x10000 ? $"\\u{codePoint:x4}" : $"\\U{codePoint:x8}");
        }
        return result.Append(quote).ToString();
    }
}
