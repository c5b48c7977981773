namespace Dllm.Tokenization;

/// <summary>The post-processor of byte-level tokenizers: takes the blanks that a token carries out of its offsets.</summary>
internal sealed class OffsetTrimmer(bool trims, bool addsPrefixSpace) : IPostProcessor
{
    public IReadOnlyList<TokenList> Process(IReadOnlyList<TokenList> texts, bool addSpecialTokens)
    {
        foreach (TokenList text in texts)
        {
            for (int i = 0; trims && text.Details is not null && i < text.Details.Count; i++)
            {
                text.Details[i] = Trim(text.Details[i], i);
            }
        }

        return texts;
    }

    private TokenDetail Trim(TokenDetail token, int index)
    {
        int leading = 0;
        while (leading < token.Text.Length && IsBlank(token.Text[leading]))
        {
            leading++;
        }

        int trailing = 0;
        while (trailing < token.Text.Length && IsBlank(token.Text[^(trailing + 1)]))
        {
            trailing++;
        }

        if (leading == 1 && addsPrefixSpace && (index == 0 || token.Start == 0))
        {
            leading = 0; // the blank that we put there ourselves stands for no text
        }

        int start = Math.Min(token.Start + leading, token.End);
        int end = trailing > 0 && token.End >= trailing ? Math.Max(token.End - trailing, start) : token.End;
        return token with { Start = start, End = end };
    }

    private static bool IsBlank(char unit) => unit == '\u0120' || char.IsWhiteSpace(unit); // U+0120 spells the blank's byte
}
