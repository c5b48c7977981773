namespace Dllm.Evaluation.Instructions;

/// <summary>Whether a stop ends a sentence, by the word that it stands in and the token behind it.</summary>
internal static class SentenceBreak
{
    private const string NotFirst = "(\"`{[:;&#*@)}]-,";
    /// <summary>Marks that no word contains.</summary>
    public const string Marks = ")\";}]*:@'({[\u2018\u2019\u201c\u201d\u00ab\u00bb?!";

    /// <summary>Whether a token before the last ends a sentence.</summary>
    /// <param name="context">A word with its stop, and the token that follows.</param>
    public static bool Ends(string context)
    {
        var tokens = Tokens(context);
        for (var i = 0; i + 1 < tokens.Count; i++)
        {
            if (Ends(tokens[i], tokens[i + 1])) return true;
        }

        return false;
    }

    private static bool Ends(string token, string next)
    {
        if (token is "." or "?" or "!") return true;
        if (!token.EndsWith('.')) return false;
        var isEllipsis = token.Length > 1 && token[0] == '.';
        var word = token[..^1].ToLowerInvariant();
        var isInitial = word.Length == 1 && (char.IsLetter(word[0]) || word[0] == '_');
        var isAbbreviation = !isEllipsis
            && (SentenceWords.IsAbbreviation(word) || SentenceWords.IsAbbreviation(word[(word.LastIndexOf('-') + 1)..]));

        var starts = Starts(next);
        if (isInitial) return !isAbbreviation && (starts ?? !char.IsUpper(next[0]));
        if (isEllipsis || isAbbreviation) return starts == true;
        return !IsNumber(word) || starts != false;
    }

    // Whether a token begins a sentence, by its first letter and whether it is a common word; null where neither says.
    private static bool? Starts(string token)
    {
        if (token is ";" or ":" or "," or "." or "!" or "?") return false;
        if (char.IsLower(token[0])) return false;
        return char.IsUpper(token[0]) && SentenceWords.IsCommon(token.ToLowerInvariant()) ? true : null;
    }

    private static bool IsNumber(string word)
    {
        var digits = word.AsSpan(word.StartsWith('-') ? 1 : 0);
        if (digits.Length > 1 && digits[0] is '.' or ',') digits = digits[1..];
        if (digits.Length == 0 || !char.IsDigit(digits[0])) return false;
        foreach (var c in digits)
        {
            if (!char.IsDigit(c) && c is not (',' or '.' or '-')) return false;
        }

        return true;
    }

    // Words with their full stops, other marks one by one, dashes and dots together.
    private static List<string> Tokens(string text)
    {
        var tokens = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            var length = Multiple(text, at);
            if (length == 0 && NotFirst.Contains(text[at])) length = 1;
            if (length == 0)
            {
                length = 1;
                while (!IsEnd(text, at + length)) length++;
            }

            tokens.Add(text.Substring(at, length));
            at += length;
        }

        return tokens;
    }

    private static bool IsEnd(string text, int at) => IsBreak(text, at) || (text[at] == ',' && IsBreak(text, at + 1));

    private static bool IsBreak(string text, int at) =>
        at >= text.Length || char.IsWhiteSpace(text[at]) || Marks.Contains(text[at]) || Multiple(text, at) > 0;

    // Two dashes or more, two dots or more, dots with blanks between.
    private static int Multiple(string text, int at)
    {
        var c = text[at];
        if (c is not ('-' or '.')) return 0;
        var length = 1;
        while (at + length < text.Length && text[at + length] == c) length++;
        if (length > 1) return length;
        if (c == '-') return 0;
        while (at + length + 1 < text.Length && char.IsWhiteSpace(text[at + length]) && text[at + length + 1] == '.') length += 2;
        return length > 4 ? length : 0;
    }
}
