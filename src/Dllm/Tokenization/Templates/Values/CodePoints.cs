using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>
/// Python counts text in code points, .NET in UTF-16 units. Lone surrogates count as one code point and survive.
/// </summary>
internal static class CodePoints
{
    /// <summary>The code point at <paramref name="index"/>, which is moved to its last unit.</summary>
    public static int At(string text, ref int index)
    {
        if (!IsPair(text, index))
            return text[index];
        index++;
        return char.ConvertToUtf32(text[index - 1], text[index]);
    }

    public static int Count(string text)
    {
        WorkMeter.ChargeReading(text.Length);
        var pairs = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (IsPair(text, i))
            {
                pairs++;
                i++;
            }
        }
        return text.Length - pairs;
    }

    public static void Append(StringBuilder result, int codePoint)
    {
        if (codePoint < 0x10000)
            result.Append((char)codePoint);
        else
            result.Append(char.ConvertFromUtf32(codePoint));
    }

    /// <summary>The text's code points, each as a string.</summary>
    public static IEnumerable<string> Split(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            WorkMeter.Charge(1);
            var length = IsPair(text, i) ? 2 : 1;
            yield return text.Substring(i, length);
            i += length;
        }
    }

    /// <summary>Whether the text holds no pair of surrogates, so that its units are its code points.</summary>
    public static bool IsFlat(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDBFF');

    /// <summary>Turns a position in code points into one in UTF-16 units.</summary>
    public static int ToUnits(string text, int codePoints)
    {
        WorkMeter.ChargeReading(Math.Min(codePoints, text.Length));
        var units = 0;
        for (; codePoints > 0 && units < text.Length; codePoints--)
            units += IsPair(text, units) ? 2 : 1;
        return units;
    }

    /// <summary>Turns a position in UTF-16 units into one in code points.</summary>
    public static int FromUnits(string text, int units) => Count(text[..units]);

    /// <summary>Order by code points; .NET's ordinal order puts characters beyond the BMP before U+E000.</summary>
    public static int Compare(string left, string right)
    {
        var length = Math.Min(left.Length, right.Length);
        WorkMeter.ChargeReading(length);
        for (var i = 0; i < length; i++)
        {
            var (a, b) = (left[i], right[i]);
            if (a == b)
                continue;
            return char.IsSurrogate(a) == char.IsSurrogate(b) ? a - b : char.IsSurrogate(a) ? 1 : -1;
        }
        return left.Length - right.Length;
    }

    private static bool IsPair(string text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);
}
