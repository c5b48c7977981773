using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// Reads Python's literals as <c>ast.literal_eval</c> does: text, numbers, <c>True</c>, <c>False</c>, <c>None</c>, lists, tuples and
/// dictionaries (tuples become lists). Templates write lists of choices this way, and some data sets whole records.
/// </summary>
internal sealed class PythonLiteral
{
    private readonly string _text;
    private int _at;

    private PythonLiteral(string text) => _text = text;

    /// <summary>The literal's value, or false when the text is none.</summary>
    public static bool TryRead(string text, out JsonNode? value)
    {
        try
        {
            var reader = new PythonLiteral(text.TrimStart(' ', '\t'));
            value = reader.Value(0);
            reader.SkipBlanks();
            if (reader._at == reader._text.Length) return true;
        }
        catch (FormatException)
        {
            // Not a literal: the caller decides what that means.
        }

        value = null;
        return false;
    }

    /// <summary>The value of the literal that a text begins with, or false when it begins with none.</summary>
    public static bool TryReadStart(string text, out JsonNode? value)
    {
        try
        {
            value = new PythonLiteral(text).Value(0);
            return true;
        }
        catch (FormatException)
        {
            value = null;
            return false;
        }
    }

    private JsonNode? Value(int depth)
    {
        if (depth > 100) throw new FormatException("nested too deeply");
        SkipBlanks();
        var c = Peek();
        return c switch
        {
            '[' => Items(']', depth).List,
            '(' => Tuple(depth),
            '{' => Pairs(depth),
            '\'' or '"' => Text(),
            _ when char.IsAsciiLetter(c) => Name(),
            _ => Number(),
        };
    }

    private JsonNode? Tuple(int depth)
    {
        var (items, hasComma) = Items(')', depth);
        if (items.Count != 1 || hasComma) return items;
        var only = items[0];
        items.RemoveAt(0);
        return only;
    }

    private (JsonArray List, bool HasComma) Items(char closing, int depth)
    {
        _at++;
        var items = new JsonArray();
        var hasComma = true;
        while (true)
        {
            SkipBlanks();
            if (Take(closing)) return (items, items.Count > 0 && hasComma);
            if (!hasComma) throw new FormatException("a comma is missing");
            items.Add(Value(depth + 1));
            SkipBlanks();
            hasComma = Take(',');
        }
    }

    private JsonObject Pairs(int depth)
    {
        _at++;
        var result = new JsonObject();
        var hasComma = true;
        while (true)
        {
            SkipBlanks();
            if (Take('}')) return result;
            if (!hasComma) throw new FormatException("a comma is missing");
            var key = Value(depth + 1);
            SkipBlanks();
            if (!Take(':')) throw new FormatException("a colon is missing");
            result[key?.ToString() ?? "None"] = Value(depth + 1);
            SkipBlanks();
            hasComma = Take(',');
        }
    }

    private JsonValue Text()
    {
        var result = new StringBuilder();
        do
        {
            ReadText(result);
            SkipBlanks();
        }
        while (_at < _text.Length && _text[_at] is '\'' or '"'); // adjacent texts are one

        return JsonValue.Create(result.ToString());
    }

    private void ReadText(StringBuilder result)
    {
        var quote = _text[_at].ToString();
        if (string.CompareOrdinal(_text, _at, quote + quote + quote, 0, 3) == 0) quote += quote + quote;
        _at += quote.Length;
        while (string.CompareOrdinal(_text, _at, quote, 0, quote.Length) != 0)
        {
            var c = Peek();
            _at++;
            if (c == '\n' && quote.Length == 1) throw new FormatException("a text is not closed");
            if (c == '\\') Escape(result);
            else result.Append(c);
        }

        _at += quote.Length;
    }

    private void Escape(StringBuilder result)
    {
        var c = Peek();
        _at++;
        switch (c)
        {
            case '\n': break;
            case 'n': result.Append('\n'); break;
            case 't': result.Append('\t'); break;
            case 'r': result.Append('\r'); break;
            case 'a': result.Append('\a'); break;
            case 'b': result.Append('\b'); break;
            case 'f': result.Append('\f'); break;
            case 'v': result.Append('\v'); break;
            case '\\' or '\'' or '"': result.Append(c); break;
            case 'x': Append(result, Digits(2, 16)); break;
            case 'u': Append(result, Digits(4, 16)); break;
            case 'U': Append(result, Digits(8, 16)); break;
            case >= '0' and <= '7':
                _at--;
                var length = 1;
                while (length < 3 && _at + length < _text.Length && _text[_at + length] is >= '0' and <= '7') length++;
                Append(result, Digits(length, 8));
                break;
            default: result.Append('\\').Append(c); break;
        }
    }

    private static void Append(StringBuilder result, int codePoint)
    {
        if (codePoint < 0x10000) result.Append((char)codePoint);
        else if (codePoint <= 0x10FFFF) result.Append(char.ConvertFromUtf32(codePoint));
        else throw new FormatException("no such character");
    }

    private int Digits(int length, int radix)
    {
        if (_at + length > _text.Length) throw new FormatException("an escape is cut short");
        var digits = _text.Substring(_at, length);
        _at += length;
        if (!digits.All(char.IsAsciiHexDigit)) throw new FormatException("an escape has other digits");
        return Convert.ToInt32(digits, radix);
    }

    private JsonNode? Name()
    {
        var start = _at;
        while (_at < _text.Length && char.IsAsciiLetter(_text[_at])) _at++;
        return _text[start.._at] switch
        {
            "True" => JsonValue.Create(true),
            "False" => JsonValue.Create(false),
            "None" => null,
            var name => throw new FormatException($"{name} is no literal"),
        };
    }

    private JsonValue Number()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '+' or '-' or '.' or 'e' or 'E' or '_')) _at++;
        var text = _text[start.._at].Replace("_", "");
        var digits = text.TrimStart('+', '-');
        if (digits.Length > 1 && digits[0] == '0' && digits.All(char.IsAsciiDigit) && digits.Any(c => c != '0'))
            throw new FormatException("leading zeros");
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return JsonValue.Create(whole);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? JsonValue.Create(number)
            : throw new FormatException("not a number");
    }

    private char Peek() => _at < _text.Length ? _text[_at] : throw new FormatException("the text ends too early");

    private bool Take(char c)
    {
        if (_at >= _text.Length || _text[_at] != c) return false;
        _at++;
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == '#'))
        {
            if (_text[_at] == '#') _at = _text.IndexOf('\n', _at) is var end and >= 0 ? end : _text.Length;
            else _at++;
        }
    }
}
