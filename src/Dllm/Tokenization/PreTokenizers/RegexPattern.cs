using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Dllm.Tokenization;

/// <summary>
/// A regular expression in the reference's dialect (Oniguruma). Characters outside the Basic Multilingual Plane, which .NET sees as two
/// units of no category, are matched through a stand-in of their category.
/// </summary>
internal sealed class RegexPattern : ITextPattern
{
    private readonly Regex _regex;
    private readonly string _source;
    private readonly string _place;

    private RegexPattern(Regex regex, string source, string place)
    {
        _regex = regex;
        _source = source;
        _place = place;
    }

    public static RegexPattern Read(JsonSection section)
    {
        string source = section.Text();
        try
        {
            BoundedRegex.CheckLength(source);
            string translated = OnigurumaQuantifiers.Translate(source);
            return new RegexPattern(BoundedRegex.Create(translated, TextBudget.MatchTime, RegexOptions.Compiled), source, section.Place);
        }
        catch (ArgumentException error)
        {
            throw section.Error($"is a regular expression that .NET cannot run: {error.Message}");
        }
    }

    public void Match(string text, TextBudget budget, List<TextMatch> matches)
    {
        try
        {
            FindAll(text, budget, matches);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw TooSlow(error.MatchTimeout.TotalSeconds, budget, error);
        }
    }

    private void FindAll(string text, TextBudget budget, List<TextMatch> matches)
    {
        int[]? units = null;
        string seen = text;
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            (seen, units) = WithStandIns(text);
        }

        int end = 0;
        foreach (ValueMatch match in _regex.EnumerateMatches(seen))
        {
            if (budget.IsOver)
            {
                throw TooSlow(budget.Seconds, budget, null);
            }

            if (match.Length == 0)
            {
                continue;
            }

            int from = units is null ? match.Index : units[match.Index];
            int to = units is null ? match.Index + match.Length : units[match.Index + match.Length];
            if (from > end)
            {
                matches.Add(new TextMatch(end, from, false));
            }

            matches.Add(new TextMatch(from, to, true));
            end = to;
        }

        if (end < text.Length)
        {
            matches.Add(new TextMatch(end, text.Length, false));
        }
    }

    private DllmException TooSlow(double seconds, TextBudget budget, Exception? error) => new(
        $"{_place} is the pattern '{_source}', which takes longer than {seconds:0.#} seconds on a text of {budget.Characters:N0} characters",
        "its alternatives or repetitions overlap: take the tokenizer.json of another source",
        error);

    private static (string Seen, int[] Units) WithStandIns(string text)
    {
        var seen = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        for (int i = 0; i < text.Length;)
        {
            Rune rune = Runes.At(text, i, out int length);
            starts.Add(i);
            seen.Append(rune.IsBmp ? (char)rune.Value : StandIn(Rune.GetUnicodeCategory(rune)));
            i += length;
        }

        starts.Add(text.Length);
        return (seen.ToString(), [.. starts]);
    }

    private static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u10A0',
        UnicodeCategory.LowercaseLetter => '\u0138',
        UnicodeCategory.TitlecaseLetter => '\u1FBC',
        UnicodeCategory.ModifierLetter => '\u02BC',
        UnicodeCategory.OtherLetter => '\uA000',
        UnicodeCategory.NonSpacingMark => '\u0301',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u20DD',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        UnicodeCategory.LetterNumber => '\u2160',
        UnicodeCategory.OtherNumber => '\u00B2',
        UnicodeCategory.OtherSymbol => '\u2603',
        UnicodeCategory.MathSymbol => '\u2200',
        UnicodeCategory.OtherPunctuation => '\u2026',
        UnicodeCategory.Format => '\u2060',
        _ => '\uE000',
    };
}
