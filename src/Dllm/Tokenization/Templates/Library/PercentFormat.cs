using System.Numerics;
using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>Python's <c>'…%s…' % values</c>.</summary>
internal static class PercentFormat
{
    public static string Format(RenderContext context, string format, object? values)
    {
        var arguments = new Arguments(values);
        var result = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
                result.Append(format[i]);
            else
                result.Append(ReadField(context, format, ref i, arguments));
        }
        arguments.RequireAllUsed();
        context.Spend(result.Length);
        return result.ToString();
    }

    /// <summary>Reads and fills the field whose "%" stands at <paramref name="i"/>, and moves there to its last character.</summary>
    private static string ReadField(RenderContext context, string format, ref int i, Arguments arguments)
    {
        i++;
        var key = ReadKey(format, ref i);
        var firstFlag = i;
        while (i < format.Length && "-+ #0".Contains(format[i]))
            i++;
        var flags = format[firstFlag..i];
        var width = ReadCount(format, ref i, arguments) ?? 0;
        int? precision = null;
        if (i < format.Length && format[i] == '.')
        {
            i++;
            precision = ReadCount(format, ref i, arguments) ?? 0;
        }
        while (i < format.Length && format[i] is 'l' or 'h' or 'L')
            i++;
        if (i >= format.Length)
            throw TemplateFault.Value("incomplete format");
        if (format[i] == '%')
            return "%";
        var isLeft = flags.Contains('-') || width < 0;
        width = Math.Abs(width);
        context.Spend(width);
        var field = new NumberFormat
        {
            Type = format[i],
            Precision = precision,
            Sign = flags.Contains('+') ? '+' : flags.Contains(' ') ? ' ' : '-',
            IsAlternate = flags.Contains('#'),
        };
        var text = Convert(context, arguments.Next(key), field, flags.Contains('0') && !isLeft ? width : 0);
        return StringMethods.Pad(context, text, width, " ", share: isLeft ? 0 : 1);
    }

    private static string Convert(RenderContext context, object? value, NumberFormat field, int zeroWidth)
    {
        switch (field.Type)
        {
            case 's': return Cut(PythonText.Str(value), field.Precision);
            case 'r': return Cut(PythonText.Repr(value), field.Precision);
            case 'a': return Cut(JsonText.Ascii(PythonText.Repr(value), jsonEscapes: false), field.Precision);
            case 'c': return Character(value);
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                var integer = PythonNumber.ToInteger(Integer(value, field.Type));
                context.Spend(Math.Max(0, field.Precision ?? 0));
                var digits = field.Integer(integer).PadLeft(Math.Max(0, field.Precision ?? 0), '0');
                return NumberFormat.ZeroPad(field.SignOf(integer.Sign < 0), digits, zeroWidth);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                if (!PythonNumber.IsNumber(value))
                    throw value is Undefined undefined ? undefined.Fault() : TemplateFault.Type($"must be real number, not {PythonText.TypeName(value)}");
                var number = PythonNumber.ToDouble(value);
                return NumberFormat.ZeroPad(field.SignOf(double.IsNegative(number)), field.Float(number), zeroWidth);
            default:
                throw TemplateFault.Value($"unsupported format character '{field.Type}'");
        }
    }

    public static string Character(object? value)
    {
        if (value is string text && CodePoints.Count(text) == 1)
            return text;
        var codePoint = PythonNumber.ToInteger(Integer(value, 'c'));
        return codePoint.Sign >= 0 && codePoint <= 0x10ffff && (codePoint < 0xd800 || codePoint > 0xdfff)
            ? char.ConvertFromUtf32((int)codePoint)
            : throw new TemplateFault(ChatTemplateErrorKind.Arithmetic, "%c arg not in range(0x110000)");
    }

    private static object Integer(object? value, char type) => value switch
    {
        double number when type is 'd' or 'i' or 'u' => PythonNumber.Truncate(number),
        bool or long or BigInteger => value,
        Undefined undefined => throw undefined.Fault(),
        _ => throw TemplateFault.Type($"%{type} format: an integer is required, not {PythonText.TypeName(value)}"),
    };

    private static string Cut(string text, int? precision) => precision is { } count ? text[..CodePoints.ToUnits(text, count)] : text;

    private static string? ReadKey(string format, ref int i)
    {
        if (i >= format.Length || format[i] != '(')
            return null;
        var end = format.IndexOf(')', i);
        if (end < 0)
            throw TemplateFault.Value("incomplete format key");
        var key = format[(i + 1)..end];
        i = end + 1;
        return key;
    }

    private static int? ReadCount(string format, ref int i, Arguments arguments)
    {
        if (i < format.Length && format[i] == '*')
        {
            i++;
            return arguments.Next(null) is long count
                ? (int)Math.Clamp(count, int.MinValue + 1, int.MaxValue)
                : throw TemplateFault.Type("* wants int");
        }
        var start = i;
        while (i < format.Length && char.IsAsciiDigit(format[i]))
            i++;
        if (i == start)
            return null;
        return int.TryParse(format.AsSpan(start, i - start), out var number) ? number : throw TemplateFault.Value("width too big");
    }

    /// <summary>The values on the right of the operator: one, a tuple of several, or a dict read by key.</summary>
    private sealed class Arguments(object? values)
    {
        private int _next;
        private bool _usedKeys;

        public object? Next(string? key)
        {
            if (key is not null)
            {
                _usedKeys = true;
                if (values is not DictValue dict)
                    throw TemplateFault.Type("format requires a mapping");
                return dict.TryGet(key, out var value) ? value : throw TemplateFault.Value($"no key {PythonText.Repr(key)} for the format");
            }
            var index = _next++;
            if (values is TupleValue tuple ? index >= tuple.Count : index > 0)
                throw TemplateFault.Type("not enough arguments for format string");
            return values is TupleValue several ? several[index] : values;
        }

        public void RequireAllUsed()
        {
            var left = values switch
            {
                TupleValue tuple => tuple.Count > _next,
                DictValue or ListValue or RangeValue or Undefined => false,
                _ => _next == 0 && !_usedKeys,
            };
            if (left)
                throw TemplateFault.Type("not all arguments converted during string formatting");
        }
    }
}
