using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Dllm.Tokenization.Templates;

/// <summary>Python's <c>'{} {name!r:&gt;10}'.format(…)</c>.</summary>
internal sealed partial class BraceFormat(RenderContext context, CallArguments arguments)
{
    private int _next;

    public static string Format(RenderContext context, string format, CallArguments arguments) =>
        new BraceFormat(context, arguments).Fill(format, depth: 2);

    public static string FormatMap(RenderContext context, string format, object? mapping)
    {
        if (mapping is not DictValue dict)
            throw TemplateFault.Type("format_map() needs a mapping");
        var named = dict.Items.Where(item => item.Key is string).Select(item => KeyValuePair.Create((string)item.Key!, item.Value));
        return Format(context, format, new CallArguments([], [.. named]));
    }

    [GeneratedRegex(@"^(?:(.)?([<>=^]))?([-+ ])?z?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$", RegexOptions.Singleline)]
    private static partial Regex Specification();

    private string Fill(string format, int depth)
    {
        if (depth == 0)
            throw TemplateFault.Value("Max string recursion exceeded");
        var result = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            var c = format[i];
            var isDoubled = i + 1 < format.Length && format[i + 1] == c;
            if (c is not ('{' or '}'))
                result.Append(c);
            else if (isDoubled)
                result.Append(format[i++]);
            else if (c == '}')
                throw TemplateFault.Value("Single '}' encountered in format string");
            else
            {
                var end = FindClosing(format, i);
                result.Append(FillField(format[(i + 1)..end], depth));
                i = end;
            }
        }
        context.Spend(result.Length);
        return result.ToString();
    }

    private static int FindClosing(string format, int open)
    {
        var depth = 0;
        for (var i = open; i < format.Length; i++)
        {
            depth += format[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
                return i;
        }
        throw TemplateFault.Value("expected '}' before end of string");
    }

    private string FillField(string field, int depth)
    {
        var colon = field.IndexOf(':');
        var head = colon < 0 ? field : field[..colon];
        var specification = colon < 0 ? "" : Fill(field[(colon + 1)..], depth - 1);
        var conversion = head.Length >= 2 && head[^2] == '!' ? head[^1] : '\0';
        var value = Look(conversion == '\0' ? head : head[..^2]);
        value = conversion switch
        {
            's' => PythonText.Str(value),
            'r' => PythonText.Repr(value),
            'a' => JsonText.Ascii(PythonText.Repr(value), jsonEscapes: false),
            '\0' => value,
            _ => throw TemplateFault.Value($"Unknown conversion specifier '{conversion}'"),
        };
        return FormatValue(value, specification);
    }

    /// <summary>Finds <c>0.name[key]</c> among the arguments.</summary>
    private object? Look(string path)
    {
        var end = path.AsSpan().IndexOfAny('.', '[');
        var value = Argument(end < 0 ? path : path[..end]);
        for (var i = end; i >= 0 && i < path.Length;)
        {
            var isIndex = path[i] == '[';
            var stop = isIndex ? path.IndexOf(']', i) : path.AsSpan(i + 1).IndexOfAny('.', '[') is var next and >= 0 ? i + 1 + next : path.Length;
            if (stop < 0)
                throw TemplateFault.Value("Missing ']' in format string");
            var key = path[(i + 1)..stop];
            value = isIndex
                ? Members.GetItem(value, long.TryParse(key, out var number) ? number : key)
                : Members.GetAttribute(value, key);
            i = isIndex ? stop + 1 : stop;
        }
        return value;
    }

    private object? Argument(string name)
    {
        if (name.Length > 0 && !name.All(char.IsAsciiDigit))
            return arguments.TryGetNamed(name, out var value) ? value : throw TemplateFault.Value($"no argument {PythonText.Repr(name)} for the format");
        var index = name.Length == 0 ? _next++
            : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given
            : throw TemplateFault.Value("Too many decimal digits in format string");
        return index < arguments.Positional.Count
            ? arguments.Positional[index]
            : throw TemplateFault.Value($"Replacement index {index} out of range for positional args tuple");
    }

    private string FormatValue(object? value, string specification)
    {
        if (specification.Length == 0)
            return PythonText.Str(value);
        var match = Specification().Match(specification);
        if (!match.Success || !int.TryParse("0" + match.Groups[6].Value, out var width) || !int.TryParse("0" + match.Groups[8].Value, out var precision))
            throw TemplateFault.Value($"Invalid format specifier '{specification}'");
        context.Spend(width);
        var isNumber = PythonNumber.IsNumber(value) && value is not bool;
        var format = new NumberFormat
        {
            Type = match.Groups[9].Success ? match.Groups[9].Value[0] : value is double ? '\0' : isNumber ? 'd' : 's',
            Precision = match.Groups[8].Success ? precision : null,
            Sign = match.Groups[3].Success ? match.Groups[3].Value[0] : '-',
            IsAlternate = match.Groups[4].Success,
            Grouping = match.Groups[7].Success ? match.Groups[7].Value[0] : null,
        };
        var (sign, text) = Convert(value, format);
        var alignment = match.Groups[2].Success ? match.Groups[2].Value[0] : match.Groups[5].Success ? '=' : isNumber ? '>' : '<';
        var fill = match.Groups[1].Success ? match.Groups[1].Value : match.Groups[5].Success ? "0" : " ";
        return alignment switch
        {
            '=' when fill == "0" => NumberFormat.ZeroPad(sign, text, width),
            '=' => sign + StringMethods.Pad(context, text, width - sign.Length, fill, share: 1),
            '^' => Center(sign + text, width, fill),
            _ => StringMethods.Pad(context, sign + text, width, fill, share: alignment == '>' ? 1 : 0),
        };
    }

    /// <summary>Unlike <c>str.center</c>, a format always puts the odd blank on the right.</summary>
    private string Center(string text, int width, string fill)
    {
        var length = CodePoints.Count(text);
        var left = Math.Max(0, width - length) / 2;
        return StringMethods.Pad(context, StringMethods.Pad(context, text, length + left, fill, share: 1), width, fill, share: 0);
    }

    private static (string Sign, string Text) Convert(object? value, NumberFormat format)
    {
        var isInteger = PythonNumber.IsInteger(value);
        switch (format.Type)
        {
            case 's' when value is not (long or BigInteger or double):
                var text = PythonText.Str(value);
                return ("", format.Precision is { } count ? text[..CodePoints.ToUnits(text, count)] : text);
            case 'd' or 'n' or 'x' or 'X' or 'o' or 'b' when isInteger:
                var integer = PythonNumber.ToInteger(value);
                return (format.SignOf(integer.Sign < 0), format.Integer(integer));
            case 'c' when isInteger:
                return ("", PercentFormat.Character(value));
            case '\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%' when PythonNumber.IsNumber(value):
                var number = PythonNumber.ToDouble(value);
                return (format.SignOf(double.IsNegative(number)), (format.Type == 'n' ? format with { Type = 'g' } : format).Float(number));
            default:
                throw TemplateFault.Value($"Unknown format code '{format.Type}' for object of type '{PythonText.TypeName(value)}'");
        }
    }
}
