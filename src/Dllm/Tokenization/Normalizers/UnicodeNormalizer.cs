using System.Globalization;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>NFC, NFD, NFKC and NFKD.</summary>
internal sealed class UnicodeNormalizer(NormalizationForm form) : INormalizer
{
    private readonly NormalizationForm _decomposed = form is NormalizationForm.FormC or NormalizationForm.FormD
        ? NormalizationForm.FormD
        : NormalizationForm.FormKD;

    private readonly bool _composes = form is NormalizationForm.FormC or NormalizationForm.FormKC;

    public MappedText Normalize(MappedText text)
    {
        if (UnicodeForm.IsPlain(text.Value, form))
        {
            return text;
        }

        if (!text.Tracked)
        {
            string normalized = UnicodeForm.Of(text.Value, form);
            return ReferenceEquals(normalized, text.Value) ? text : text.Replace(normalized, default);
        }

        return Track(text);
    }

    /// <summary>Normalises cluster by cluster (a starter and what may combine with it): so each result knows what it replaced.</summary>
    private MappedText Track(MappedText text)
    {
        var builder = new MappedTextBuilder(text);
        string value = text.Value;
        for (int start = 0; start < value.Length;)
        {
            int end = start + Runes.LengthAt(value, start);
            while (end < value.Length && end - start < UnicodeForm.LongestRun && !StartsCluster(value, end))
            {
                end += Runes.LengthAt(value, end);
            }

            if (end == start + 1 && value[start] < '\u00A0')
            {
                builder.Keep(1);
            }
            else
            {
                TrackCluster(builder, value[start..end]);
            }

            start = end;
        }

        return builder.Build();
    }

    private void TrackCluster(MappedTextBuilder builder, string cluster)
    {
        string normalized = UnicodeForm.Of(cluster, form);
        if (normalized == cluster)
        {
            builder.Keep(cluster.Length);
            return;
        }

        // The reference decomposes each character (the first part replaces it, the others are inserted), sorts the marks, and
        // composes again: a composed character adds up what its parts did.
        var parts = new List<(Rune Rune, int Change)>();
        foreach (Rune rune in cluster.EnumerateRunes())
        {
            int change = 0;
            foreach (Rune part in UnicodeForm.Of(rune.ToString(), _decomposed).EnumerateRunes())
            {
                parts.Add((part, change));
                change = 1;
            }
        }

        foreach (Rune rune in normalized.EnumerateRunes())
        {
            int taken = 0;
            int change = 0;
            string whole = rune.ToString();
            foreach (Rune part in (_composes ? UnicodeForm.Of(whole, _decomposed) : whole).EnumerateRunes())
            {
                int at = parts.FindIndex(candidate => candidate.Rune == part);
                if (at >= 0)
                {
                    change += parts[at].Change;
                    parts.RemoveAt(at);
                    taken++;
                }
            }

            builder.Change(rune, change - Math.Max(0, taken - 1));
        }
    }

    /// <summary>Whether no character before an index can combine with the one there.</summary>
    private bool StartsCluster(string text, int index)
    {
        if (text[index] < '\u0300')
        {
            return true;
        }

        Rune first = Runes.At(UnicodeForm.Of(text.Substring(index, Runes.LengthAt(text, index)), _decomposed), 0, out _);
        return Rune.GetUnicodeCategory(first) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark)
            && first.Value is not ((>= 0x1160 and <= 0x11FF) or (>= 0x16D63 and <= 0x16D6A)); // Hangul vowels and finals, Kirat Rai vowels
    }
}
