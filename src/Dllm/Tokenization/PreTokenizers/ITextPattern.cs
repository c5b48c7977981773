namespace Dllm.Tokenization;

/// <summary>A stretch that a pattern matched, or one between matches.</summary>
internal readonly record struct TextMatch(int Start, int End, bool IsMatch);

/// <summary>Finds its matches in a text.</summary>
internal interface ITextPattern
{
    /// <summary>Adds the matches and what lies between them, in order, without gaps.</summary>
    void Match(string text, TextBudget budget, List<TextMatch> matches);
}

/// <summary>A fixed text.</summary>
internal sealed class LiteralPattern(string literal) : ITextPattern
{
    public void Match(string text, TextBudget budget, List<TextMatch> matches)
    {
        int end = 0;
        for (int at = Find(text, 0); at >= 0; at = Find(text, end))
        {
            if (at > end)
            {
                matches.Add(new TextMatch(end, at, false));
            }

            end = at + literal.Length;
            matches.Add(new TextMatch(at, end, true));
        }

        if (end < text.Length)
        {
            matches.Add(new TextMatch(end, text.Length, false));
        }
    }

    /// <summary>The text with every match replaced.</summary>
    public string Replace(string text, TextBudget budget, string content)
    {
        if (literal.Length == 0)
        {
            return text;
        }

        if (content.Length > literal.Length)
        {
            budget.CheckLength(text.Length + ((long)text.AsSpan().Count(literal) * (content.Length - literal.Length)));
        }

        return text.Replace(literal, content, StringComparison.Ordinal);
    }

    private int Find(string text, int from) => literal.Length == 0 ? -1 : text.IndexOf(literal, from, StringComparison.Ordinal);
}

/// <summary>Every character that satisfies a condition, each a match of its own.</summary>
internal sealed class CharacterPattern(Func<System.Text.Rune, bool> condition) : ITextPattern
{
    public void Match(string text, TextBudget budget, List<TextMatch> matches)
    {
        int end = 0;
        for (int i = 0; i < text.Length;)
        {
            System.Text.Rune rune = Runes.At(text, i, out int length);
            if (condition(rune))
            {
                if (i > end)
                {
                    matches.Add(new TextMatch(end, i, false));
                }

                end = i + length;
                matches.Add(new TextMatch(i, end, true));
            }

            i += length;
        }

        if (end < text.Length)
        {
            matches.Add(new TextMatch(end, text.Length, false));
        }
    }
}
