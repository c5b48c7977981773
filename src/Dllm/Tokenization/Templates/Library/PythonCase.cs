using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>
/// Python's changes of case, which follow Unicode's full mappings (<c>ß</c> becomes <c>SS</c>); the framework's stop at one
/// character for one.
/// </summary>
internal static class PythonCase
{
    private const char DottedCapitalI = '\u0130';
    private const char CapitalSigma = '\u03a3';
    private const char SmallSigma = '\u03c3';
    private const char FinalSigma = '\u03c2';

    /// <summary>Characters whose capital form is longer than one: each entry is the character and its form.</summary>
    private const string LongCapitals =
        "\u00dfSS \u0149\u02bcN \u01f0J\u030c \u0390\u0399\u0308\u0301 \u03b0\u03a5\u0308\u0301 \u0587\u0535\u0552 "
        + "\u1e96H\u0331 \u1e97T\u0308 \u1e98W\u030a \u1e99Y\u030a \u1e9aA\u02be \u1f50\u03a5\u0313 "
        + "\u1f52\u03a5\u0313\u0300 \u1f54\u03a5\u0313\u0301 \u1f56\u03a5\u0313\u0342 \u1f80\u1f08\u0399 "
        + "\u1f81\u1f09\u0399 \u1f82\u1f0a\u0399 \u1f83\u1f0b\u0399 \u1f84\u1f0c\u0399 \u1f85\u1f0d\u0399 "
        + "\u1f86\u1f0e\u0399 \u1f87\u1f0f\u0399 \u1f88\u1f08\u0399 \u1f89\u1f09\u0399 \u1f8a\u1f0a\u0399 "
        + "\u1f8b\u1f0b\u0399 \u1f8c\u1f0c\u0399 \u1f8d\u1f0d\u0399 \u1f8e\u1f0e\u0399 \u1f8f\u1f0f\u0399 "
        + "\u1f90\u1f28\u0399 \u1f91\u1f29\u0399 \u1f92\u1f2a\u0399 \u1f93\u1f2b\u0399 \u1f94\u1f2c\u0399 "
        + "\u1f95\u1f2d\u0399 \u1f96\u1f2e\u0399 \u1f97\u1f2f\u0399 \u1f98\u1f28\u0399 \u1f99\u1f29\u0399 "
        + "\u1f9a\u1f2a\u0399 \u1f9b\u1f2b\u0399 \u1f9c\u1f2c\u0399 \u1f9d\u1f2d\u0399 \u1f9e\u1f2e\u0399 "
        + "\u1f9f\u1f2f\u0399 \u1fa0\u1f68\u0399 \u1fa1\u1f69\u0399 \u1fa2\u1f6a\u0399 \u1fa3\u1f6b\u0399 "
        + "\u1fa4\u1f6c\u0399 \u1fa5\u1f6d\u0399 \u1fa6\u1f6e\u0399 \u1fa7\u1f6f\u0399 \u1fa8\u1f68\u0399 "
        + "\u1fa9\u1f69\u0399 \u1faa\u1f6a\u0399 \u1fab\u1f6b\u0399 \u1fac\u1f6c\u0399 \u1fad\u1f6d\u0399 "
        + "\u1fae\u1f6e\u0399 \u1faf\u1f6f\u0399 \u1fb2\u1fba\u0399 \u1fb3\u0391\u0399 \u1fb4\u0386\u0399 "
        + "\u1fb6\u0391\u0342 \u1fb7\u0391\u0342\u0399 \u1fbc\u0391\u0399 \u1fc2\u1fca\u0399 \u1fc3\u0397\u0399 "
        + "\u1fc4\u0389\u0399 \u1fc6\u0397\u0342 \u1fc7\u0397\u0342\u0399 \u1fcc\u0397\u0399 \u1fd2\u0399\u0308\u0300 "
        + "\u1fd3\u0399\u0308\u0301 \u1fd6\u0399\u0342 \u1fd7\u0399\u0308\u0342 \u1fe2\u03a5\u0308\u0300 "
        + "\u1fe3\u03a5\u0308\u0301 \u1fe4\u03a1\u0313 \u1fe6\u03a5\u0342 \u1fe7\u03a5\u0308\u0342 \u1ff2\u1ffa\u0399 "
        + "\u1ff3\u03a9\u0399 \u1ff4\u038f\u0399 \u1ff6\u03a9\u0342 \u1ff7\u03a9\u0342\u0399 \u1ffc\u03a9\u0399 \ufb00FF "
        + "\ufb01FI \ufb02FL \ufb03FFI \ufb04FFL \ufb05ST \ufb06ST \ufb13\u0544\u0546 \ufb14\u0544\u0535 "
        + "\ufb15\u0544\u053b \ufb16\u054e\u0546 \ufb17\u0544\u053d";

    private static readonly Dictionary<char, string> LongCapitalOf =
        LongCapitals.Split(' ').ToDictionary(entry => entry[0], entry => entry[1..]);

    public static string Upper(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text.ToUpperInvariant())
        {
            if (c > 'z' && LongCapitalOf.TryGetValue(c, out var capitals))
                result.Append(capitals);
            else
                result.Append(c);
        }
        return result.ToString();
    }

    public static string Lower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (text.AsSpan().IndexOfAny(CapitalSigma, DottedCapitalI) < 0)
            return lower;
        var result = new StringBuilder(lower);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == CapitalSigma)
                result[i] = IsFinalSigma(text, i) ? FinalSigma : SmallSigma;
        }
        return result.ToString().Replace(DottedCapitalI.ToString(), "i\u0307", StringComparison.Ordinal);
    }

    /// <summary>Lower case for comparisons: what has a long capital form is written out, <c>ß</c> as <c>ss</c>.</summary>
    public static string Fold(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c > 'z' && LongCapitalOf.TryGetValue(c, out var capitals))
                result.Append(capitals);
            else
                result.Append(c);
        }
        return Lower(result.ToString());
    }

    /// <summary>The first character as a capital, the rest in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        var last = 0;
        CodePoints.At(text, ref last);
        return TitleCase(text[..(last + 1)]) + Lower(text)[(last + 1)..];
    }

    /// <summary>Each run of letters capitalised.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        var inWord = false;
        foreach (var character in CodePoints.Split(text))
        {
            result.Append(inWord ? Lower(character) : TitleCase(character));
            inWord = IsCased(character);
        }
        return result.ToString();
    }

    public static string SwapCase(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var character in CodePoints.Split(text))
            result.Append(Lower(character) == character ? Upper(character) : Lower(character));
        return result.ToString();
    }

    public static object IsLower(string text) => HasCase(text, isUpper: false);

    public static object IsUpper(string text) => HasCase(text, isUpper: true);

    public static object IsTitle(string text)
    {
        var (inWord, any) = (false, false);
        foreach (var character in CodePoints.Split(text))
        {
            var isCased = IsCased(character);
            if (isCased && (Lower(character) == character) != inWord)
                return false;
            any |= isCased;
            inWord = isCased;
        }
        return any;
    }

    private static string TitleCase(string character)
    {
        if (LongCapitalOf.TryGetValue(character[0], out var capitals))
            return capitals[0] + Lower(capitals[1..]);
        return character[0] switch
        {
            >= '\u01c4' and <= '\u01c6' => "\u01c5",
            >= '\u01c7' and <= '\u01c9' => "\u01c8",
            >= '\u01ca' and <= '\u01cc' => "\u01cb",
            >= '\u01f1' and <= '\u01f3' => "\u01f2",
            _ => Upper(character),
        };
    }

    private static bool HasCase(string text, bool isUpper)
    {
        var any = false;
        foreach (var character in CodePoints.Split(text))
        {
            if (!IsCased(character))
                continue;
            if ((isUpper ? Upper(character) : Lower(character)) != character)
                return false;
            any = true;
        }
        return any;
    }

    private static bool IsCased(string character) => Lower(character) != character || Upper(character) != character;

    private static bool IsFinalSigma(string text, int index) =>
        index > 0 && char.IsLetter(text[index - 1]) && (index + 1 == text.Length || !char.IsLetter(text[index + 1]));
}
