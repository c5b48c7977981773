namespace Dllm.Tokenization;

/// <summary>From a text to its tokens, before the post-processor: added tokens, normaliser, pre-tokenizer, model.</summary>
internal sealed class TextEncoder(
    AddedVocabulary added, INormalizer? normalizer, IReadOnlyList<IPreTokenizer> preTokenizers, ITokenModel model)
{
    private readonly IWordScanner? _scanner = (preTokenizers.LastOrDefault() as ScanningPreTokenizer)?.Scanner;
    private readonly IReadOnlyList<IPreTokenizer> _beforeScanner = [.. preTokenizers.SkipLast(1)];

    /// <summary>The tokens of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="detailed">Whether offsets and spellings are kept.</param>
    public TokenList Encode(string text, bool detailed)
    {
        var tokens = new TokenList(detailed, 8 + (text.Length / 3));
        MappedText whole = MappedText.FromOriginal(text, detailed);
        if (!added.Raw.MayMatch(text))
        {
            EncodeRaw(whole, tokens);
        }
        else
        {
            var matches = new List<AddedTokenMatch>();
            added.Raw.Match(text, matches);
            foreach (AddedTokenMatch match in matches)
            {
                if (match.Id >= 0)
                {
                    AddToken(new Piece(whole, match.Start, match.End - match.Start), match.Id, tokens);
                }
                else
                {
                    EncodeRaw(whole.Slice(match.Start, match.End - match.Start), tokens);
                }
            }
        }

        if (detailed)
        {
            CountCodePoints(text, tokens.Details!);
        }

        return tokens;
    }

    private void EncodeRaw(MappedText segment, TokenList tokens)
    {
        MappedText text = normalizer is null ? segment : normalizer.Normalize(segment);
        if (!added.Normalized.MayMatch(text.Value))
        {
            EncodeWords(Piece.Whole(text), tokens);
            return;
        }

        var matches = new List<AddedTokenMatch>();
        added.Normalized.Match(text.Value, matches);
        foreach (AddedTokenMatch match in matches)
        {
            if (match.Id >= 0)
            {
                AddToken(new Piece(text, match.Start, match.End - match.Start), match.Id, tokens);
            }
            else
            {
                EncodeWords(Piece.Whole(text.Slice(match.Start, match.End - match.Start)), tokens);
            }
        }
    }

    private void EncodeWords(Piece piece, TokenList tokens)
    {
        bool scans = _scanner is not null && tokens.Details is null;
        IReadOnlyList<IPreTokenizer> stages = scans ? _beforeScanner : preTokenizers;
        if (stages.Count == 0)
        {
            Encode(piece, scans, tokens);
            return;
        }

        foreach (Piece part in Split(stages, piece))
        {
            Encode(part, scans, tokens);
        }
    }

    private void Encode(Piece piece, bool scans, TokenList tokens)
    {
        if (piece.Length == 0)
        {
            return;
        }

        if (scans)
        {
            Scan(piece, tokens.Ids);
        }
        else
        {
            EncodeWord(piece, tokens);
        }
    }

    /// <summary>The short way of the last stage: from scanner to model, nothing between.</summary>
    private void Scan(Piece piece, List<int> ids)
    {
        string text = piece.Length == piece.Text.Value.Length ? piece.Text.Value : piece.Span.ToString();
        for (int start = 0; start < text.Length;)
        {
            int end = _scanner!.NextWord(text, ref start);
            if (end > start)
            {
                model.Encode(text.AsSpan(start, end - start), ids);
            }

            start = end;
        }
    }

    private static List<Piece> Split(IReadOnlyList<IPreTokenizer> stages, Piece piece)
    {
        List<Piece> pieces = [piece];
        foreach (IPreTokenizer preTokenizer in stages)
        {
            var parts = new List<Piece>(pieces.Count == 1 ? pieces[0].Length / 4 : pieces.Count);
            foreach (Piece part in pieces)
            {
                if (part.Length > 0)
                {
                    preTokenizer.Split(part, parts);
                }
            }

            pieces = parts;
        }

        return pieces;
    }

    private void EncodeWord(Piece word, TokenList tokens)
    {
        if (tokens.Details is null)
        {
            model.Encode(word.Span, tokens.Ids);
            return;
        }

        var words = new List<WordToken>();
        model.Encode(word.Span, words);
        AddDetails(word, words, tokens);
    }

    private void AddDetails(Piece word, List<WordToken> words, TokenList tokens)
    {
        foreach (WordToken token in words)
        {
            (int start, int end) = word.Text.OriginOf(word.Start + token.First, word.Start + token.Last);
            tokens.Ids.Add(token.Id);
            tokens.Details!.Add(new TokenDetail(start, end, 0, false, token.Text ?? model.Vocabulary.TokenOf(token.Id) ?? ""));
        }
    }

    private static void AddToken(Piece piece, int id, TokenList tokens)
    {
        tokens.Ids.Add(id);
        if (tokens.Details is not null)
        {
            (int start, int end) = piece.Text.OriginOf(piece.Start, piece.Start + piece.Length - 1);
            tokens.Details.Add(new TokenDetail(start, end, 0, false, piece.Span.ToString()));
        }
    }

    /// <summary>Turns offsets in UTF-16 units into offsets in code points.</summary>
    private static void CountCodePoints(string text, List<TokenDetail> details)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDBFF'))
        {
            return;
        }

        var codePoints = new int[text.Length + 1];
        int count = 0;
        for (int i = 0; i < text.Length; count++)
        {
            int length = Runes.LengthAt(text, i);
            codePoints[i] = count;
            codePoints[i + length - 1] = count;
            i += length;
        }

        codePoints[text.Length] = count;
        for (int i = 0; i < details.Count; i++)
        {
            details[i] = details[i] with { Start = codePoints[details[i].Start], End = codePoints[details[i].End] };
        }
    }
}
