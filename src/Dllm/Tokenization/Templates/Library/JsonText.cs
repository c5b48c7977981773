using System.Globalization;
using System.Numerics;
using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>Python's <c>json.dumps</c>, as the <c>tojson</c> filter of chat templates calls it: no HTML escaping.</summary>
internal sealed class JsonText(RenderContext context, bool ascii, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
{
    private readonly StringBuilder _result = new();

    public static string Write(RenderContext context, BoundArguments arguments)
    {
        var indent = arguments[2] switch
        {
            null => null,
            string text => text,
            _ => new string(' ', Math.Clamp(arguments.Integer(2), 0, 1000)),
        };
        var (items, keys) = (indent is null ? ", " : ",", ": ");
        if (arguments[3] is SequenceValue { Count: 2 } separators)
            (items, keys) = (PythonText.Str(separators[0]), PythonText.Str(separators[1]));
        var writer = new JsonText(context, arguments.Truth(1), indent, items, keys, arguments.Truth(4));
        writer.Append(arguments[0], 0);
        return writer._result.ToString();
    }

    /// <summary>Replaces what is not ASCII by escapes, in pairs of surrogates for JSON.</summary>
    public static string Ascii(string text, bool jsonEscapes)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAscii(text[i]))
                result.Append(text[i]);
            else if (jsonEscapes)
                result.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            else
            {
                var codePoint = CodePoints.At(text, ref i);
                result.Append(codePoint < 0x100 ? $"\\x{codePoint:x2}" : codePoint < 0x10000 ? $"\\u{codePoint:x4}" : $"\\U{codePoint:x8}");
            }
        }
        return result.ToString();
    }

    private void Append(object? value, int depth)
    {
        WorkMeter.Step();
        var start = _result.Length;
        switch (value)
        {
            case string text: AppendText(text); break;
            case null or bool or long or BigInteger or double: _result.Append(Scalar(value)); break;
            case ListValue or TupleValue: AppendBlock('[', ']', (SequenceValue)value, depth, item => Append(item, depth + 1)); break;
            case DictValue dict: AppendBlock('{', '}', Sorted(dict), depth, pair => AppendPair(pair, depth)); break;
            default: throw TemplateFault.Type($"Object of type {PythonText.TypeName(value)} is not JSON serializable");
        }
        if (value is not (SequenceValue or DictValue))
            context.Spend(_result.Length - start);
    }

    private IEnumerable<KeyValuePair<object?, object?>> Sorted(DictValue dict) => sortKeys
        ? PythonSort.Sort(dict.Keys, key => key).Select(key => KeyValuePair.Create(key, dict.TryGet(key, out var value) ? value : null))
        : dict.Items;

    private void AppendBlock<T>(char open, char close, IEnumerable<T> items, int depth, Action<T> append)
    {
        _result.Append(open);
        var isEmpty = true;
        foreach (var item in items)
        {
            context.Spend(itemSeparator.Length + 2);
            if (!isEmpty)
                _result.Append(itemSeparator);
            isEmpty = false;
            BreakLine(depth + 1);
            append(item);
        }
        if (!isEmpty)
            BreakLine(depth);
        _result.Append(close);
    }

    private void AppendPair(KeyValuePair<object?, object?> pair, int depth)
    {
        AppendText(pair.Key switch
        {
            string text => text,
            null or bool or long or BigInteger or double => Scalar(pair.Key),
            _ => throw TemplateFault.Type($"keys must be str, int, float, bool or None, not {PythonText.TypeName(pair.Key)}"),
        });
        context.Spend(keySeparator.Length);
        _result.Append(keySeparator);
        Append(pair.Value, depth + 1);
    }

    private void BreakLine(int depth)
    {
        if (indent is null)
            return;
        context.Spend(indent.Length * (long)depth);
        _result.Append('\n');
        for (var i = 0; i < depth; i++)
            _result.Append(indent);
    }

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        double number when double.IsNaN(number) => "NaN",
        double number when double.IsInfinity(number) => number > 0 ? "Infinity" : "-Infinity",
        _ => PythonText.Repr(value),
    };

    private void AppendText(string text)
    {
        context.Spend(text.Length);
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }
        quoted.Append('"');
        _result.Append(ascii ? Ascii(quoted.ToString(), jsonEscapes: true) : quoted);
    }
}
