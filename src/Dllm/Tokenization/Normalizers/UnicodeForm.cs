using System.Text;

namespace Dllm.Tokenization;

/// <summary>Unicode normalisation of text that may hold what <see cref="string.Normalize(NormalizationForm)"/> refuses.</summary>
internal static class UnicodeForm
{
    /// <summary>The text in a normalisation form. Half surrogate pairs, U+FFFE and what is newer than the reference's tables stay.</summary>
    public static string Of(string text, NormalizationForm form)
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
