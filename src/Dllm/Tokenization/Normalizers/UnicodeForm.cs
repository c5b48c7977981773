using System.Globalization;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>Unicode normalisation of text that may hold what <see cref="string.Normalize(NormalizationForm)"/> refuses.</summary>
internal static class UnicodeForm
{
    /// <summary>Longer runs of combining marks are cut: sorting one takes time by the square of its length.</summary>
    public const int LongestRun = 1024;

    /// <summary>The text in a normalisation form. Half surrogate pairs, U+FFFE and what is newer than the reference's tables stay.</summary>
    public static string Of(string text, NormalizationForm form)
    {
        for (int at = LongestRun; at < text.Length; at += LongestRun)
        {
            if (IsWithinRun(text, at))
            {
                return OfParts(text, form);
            }
        }

        return OfPart(text, form);
    }

    /// <summary>As <see cref="Of"/>, part by part: sorting marks takes time by the square of their number.</summary>
    private static string OfParts(string text, NormalizationForm form)
    {
        var result = new StringBuilder(text.Length);
        int start = 0;
        for (int at = LongestRun; at < text.Length; at += LongestRun)
        {
            if (IsWithinRun(text, at))
            {
                result.Append(OfPart(text[start..at], form));
                start = at;
            }
        }

        return result.Append(OfPart(text[start..], form)).ToString();
    }

    /// <summary>Whether a place lies in a run of combining marks much longer than any language has.</summary>
    private static bool IsWithinRun(string text, int at)
    {
        for (int i = at; i > at - (LongestRun / 2); i--)
        {
            if (text[i] < '\u0300' || char.IsSurrogate(text[i]) || char.GetUnicodeCategory(text[i])
                is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark))
            {
                return false;
            }
        }

        return true;
    }

    private static string OfPart(string text, NormalizationForm form)
    {
        int at = NextUntouchable(text, 0);
        if (at == text.Length)
        {
            return text.Normalize(form);
        }

        var result = new StringBuilder(text.Length);
        for (int start = 0; ;)
        {
            result.Append(text[start..at].Normalize(form));
            if (at == text.Length)
            {
                return result.ToString();
            }

            int length = Runes.LengthAt(text, at);
            result.Append(text, at, length);
            start = at + length;
            at = NextUntouchable(text, start);
        }
    }

    /// <summary>Whether every character of a text is its own normal form, seen by its range alone.</summary>
    public static bool IsPlain(ReadOnlySpan<char> text, NormalizationForm form) => text.IndexOfAnyExceptInRange('\0', form switch
    {
        NormalizationForm.FormC => '\u02FF',
        NormalizationForm.FormD => '\u00BF',
        _ => '\u009F',
    }) < 0;

    private static int NextUntouchable(string text, int from)
    {
        for (int i = from; i < text.Length;)
        {
            int at = text.AsSpan(i).IndexOfAnyInRange('\uD800', '\uFFFE');
            if (at < 0)
            {
                return text.Length;
            }

            i += at;
            Rune rune = Runes.At(text, i, out int length);
            if (text[i] == '\uFFFE' || (length == 1 && char.IsSurrogate(text[i])) || ReferenceUnicode.IsNewerDecomposition(rune.Value))
            {
                return i;
            }

            i += length;
        }

        return text.Length;
    }
}
