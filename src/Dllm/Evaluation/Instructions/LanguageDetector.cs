using System.Text;

namespace Dllm.Evaluation.Instructions;

/// <summary>
/// A text's language (ISO 639-1) by its script, letters that only some languages have, and its most frequent words. Knows the thirty
/// languages that IFEval may ask for, and enough neighbours (Chinese, Dutch, Swedish, Danish, Romanian, Turkish, Indonesian, Czech,
/// Hungarian) to tell them apart. A text in mixed languages has the one of most of its letters. The original's detector, a statistic of
/// letter triples, agrees on running text of a few sentences; on single words and names neither is to be trusted.
/// </summary>
internal static class LanguageDetector
{
    /// <summary>The language; null for a text without letters.</summary>
    public static string? Detect(string text)
    {
        var counts = new Dictionary<string, int>();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetter(rune) && Script(rune.Value) is { } script) counts[script] = counts.GetValueOrDefault(script) + 1;
        }

        if (counts.Count == 0) return null;
        // A Japanese text has more Chinese characters than its own, a Korean one may have some.
        if (counts.Remove("Han", out var han))
        {
            var own = counts.GetValueOrDefault("ja");
            counts[own * 4 > han ? "ja" : "zh-cn"] = han + own;
        }

        var most = counts.MaxBy(pair => pair.Value).Key;
        return most switch
        {
            "Latin" => LanguageWords.Latin(text),
            "Cyrillic" => Cyrillic(text),
            "Arabic" => Arabic(text),
            "Devanagari" => LanguageWords.Devanagari(text),
            _ => most,
        };
    }

    private static string? Script(int code) => code switch
    {
        < 0x250 or (>= 0x1E00 and < 0x1F00) or (>= 0xFF21 and < 0xFF5B) => "Latin",
        >= 0x370 and < 0x400 or (>= 0x1F00 and < 0x2000) => "el",
        >= 0x400 and < 0x530 => "Cyrillic",
        >= 0x590 and < 0x600 => "he",
        >= 0x600 and < 0x780 or (>= 0xFB50 and < 0xFE00) or (>= 0xFE70 and < 0xFF00) => "Arabic",
        >= 0x900 and < 0x980 => "Devanagari",
        >= 0x980 and < 0xA00 => "bn",
        >= 0xA00 and < 0xA80 => "pa",
        >= 0xA80 and < 0xB00 => "gu",
        >= 0xB80 and < 0xC00 => "ta",
        >= 0xC00 and < 0xC80 => "te",
        >= 0xC80 and < 0xD00 => "kn",
        >= 0xD00 and < 0xD80 => "ml",
        >= 0xE00 and < 0xE80 => "th",
        >= 0x1100 and < 0x1200 or (>= 0xAC00 and < 0xD7B0) => "ko",
        >= 0x3040 and < 0x3100 => "ja",
        >= 0x3400 and < 0xA000 => "Han",
        _ => null,
    };

    private static string Cyrillic(string text)
    {
        if (Share(text, "іїєґІЇЄҐ") > Share(text, "ыэёъЫЭЁЪ")) return "uk";
        return Share(text, "ыэёЫЭЁ") > Share(text, "ъЪ") * 0.2 ? "ru" : Share(text, "ъЪ") > 0 ? "bg" : "ru";
    }

    private static string Arabic(string text) => Share(text, "ٹڈڑںےہھ") > Share(text, "ةىيك") ? "ur"
        : Share(text, "پچژگکی") > Share(text, "ةىيك") ? "fa"
        : "ar";

    private static int Share(string text, string letters) => text.Count(letters.Contains);
}
