using System.Globalization;
using Dllm.Evaluation.Scoring;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Functions;

/// <summary>
/// Numbers in English words, found as the harness's filter does for bbh_zeroshot: a phrase may be part of another word ("someone"), a
/// hyphen ends it, and six, seven, eight and nine count with "teen" or "ty" only.
/// </summary>
internal static class NumberWords
{
    private const string Stem = "zero|one|two|three|four|five|(?:twen|thir|for|fif|six|seven|nine)(?:teen|ty)";
    private const string Rest = "ten|eleven|twelve|fourteen|hundred|thousand|(?:m|b|tr)illion";
    private const string Last = $"(?:{Stem}|eight(?:een|y)|{Rest})";

    private static readonly PythonRegex _phrase = new(
        $"(?:(?:{Stem}|eight(?:een|y)?|{Rest})(?:{Stem}|eight(?:een|y)|{Rest}|[^\\S\\r\\n]|,|and|&)+)?{Last}");

    private static readonly string[] _small =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] _tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    /// <summary>The value of the first phrase, in digits; null where there is none.</summary>
    public static string? Find(string text)
    {
        if (_phrase.Search(PythonCase.Lower(text)) is not { } found) return null;
        string[] words = found[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Value(words) is { } value ? value.ToString(CultureInfo.InvariantCulture) : null;
    }

    // Words that are no numbers ("and", "two,three") are passed over.
    private static long? Value(string[] words)
    {
        long sum = 0, part = 0;
        bool isNumber = false;
        foreach (string word in words)
        {
            long scale = word switch { "thousand" => 1_000, "million" => 1_000_000, "billion" => 1_000_000_000, "trillion" => 1_000_000_000_000, _ => 0 };
            int small = Array.IndexOf(_small, word), tens = Array.IndexOf(_tens, word);
            if (scale > 0) (sum, part) = (sum + (Math.Max(part, 1) * scale), 0);
            else if (word == "hundred") part = Math.Max(part, 1) * 100;
            else if (small >= 0) part += small;
            else if (tens >= 0) part += (tens + 2) * 10;
            else continue;
            isNumber = true;
        }

        return isNumber ? sum + part : null;
    }
}
