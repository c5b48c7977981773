using System.Globalization;
using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>Python's escapes in string literals. An unknown escape keeps its backslash.</summary>
internal static class StringLiteral
{
    public static string Unescape(TemplateSource source, int start, int end)
    {
        var text = source.Text;
        if (text.IndexOf('\\', start, end - start) < 0)
            return text[start..end];
        var result = new StringBuilder();
        for (var i = start; i < end; i++)
        {
            if (text[i] != '\\')
                result.Append(text[i]);
            else
                i = ReadEscape(source, i + 1, end, result);
        }
        return result.ToString();
    }

    /// <summary>Appends what the escape whose letter stands at <paramref name="letter"/> denotes; returns its last index.</summary>
    private static int ReadEscape(TemplateSource source, int letter, int end, StringBuilder result)
    {
        var c = source.Text[letter];
        switch (c)
        {
            case '\n': return letter;
            case '\\' or '\'' or '"': result.Append(c); return letter;
            case 'n': result.Append('\n'); return letter;
            case 't': result.Append('\t'); return letter;
            case 'r': result.Append('\r'); return letter;
            case 'a': result.Append('\a'); return letter;
            case 'b': result.Append('\b'); return letter;
            case 'f': result.Append('\f'); return letter;
            case 'v': result.Append('\v'); return letter;
            case 'x': return ReadHex(source, letter, 2, end, result);
            case 'u': return ReadHex(source, letter, 4, end, result);
            case 'U': return ReadHex(source, letter, 8, end, result);
            case 'N': throw source.SyntaxError(letter - 1, "characters by name are not supported in string literals");
            case >= '0' and <= '7': return ReadOctal(source.Text, letter, end, result);
            default: result.Append('\\').Append(c); return letter;
        }
    }

    private static int ReadHex(TemplateSource source, int letter, int digits, int end, StringBuilder result)
    {
        if (letter + digits >= end
            || !uint.TryParse(source.Text.AsSpan(letter + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value > 0x10FFFF)
        {
            throw source.SyntaxError(letter - 1, $"truncated \\{source.Text[letter]} escape: {digits} hexadecimal digits are expected");
        }
        AppendCodePoint(result, (int)value);
        return letter + digits;
    }

    private static int ReadOctal(string text, int first, int end, StringBuilder result)
    {
        var value = 0;
        var i = first;
        for (; i < end && i < first + 3 && text[i] is >= '0' and <= '7'; i++)
            value = (value * 8) + (text[i] - '0');
        AppendCodePoint(result, value);
        return i - 1;
    }

    /// <summary>Lone surrogates are kept, as Python keeps them.</summary>
    private static void AppendCodePoint(StringBuilder result, int value)
    {
        if (value < 0x10000)
            result.Append((char)value);
        else
            result.Append(char.ConvertFromUtf32(value));
    }
}
