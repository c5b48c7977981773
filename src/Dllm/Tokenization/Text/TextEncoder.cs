namespace Dllm.Tokenization;

/// <summary>From a text to its tokens, before the post-processor: added tokens, normaliser, pre-tokenizer, model.</summary>
internal sealed class TextEncoder(
    AddedVocabulary added, INormalizer? normalizer, IReadOnlyList<IPreTokenizer> preTokenizers, ITokenModel model)
{
    /// <summary>The tokens of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="detailed">Whether offsets and spellings are kept.</param>
    public TokenList Encode(string text, bool detailed)
    {
        var tokens = new TokenList(detailed, 8 + (text.Length / 3));
        MappedText whole = MappedText.FromOriginal(text, detailed);
        if (added.Raw.IsEmpty)
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
        if (added.Normalized.IsEmpty)
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
        List<Piece> pieces = [piece];
        foreach (IPreTokenizer preTokenizer in preTokenizers)
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

        var words = tokens.Details is null ? null : new List<WordToken>();
        foreach (Piece word in pieces)
        {
            if (word.Length == 0)
            {
                continue;
            }

            if (words is null)
            {
                model.Encode(word.Span, tokens.Ids);
            }
            else
            {
                words.Clear();
                model.Encode(word.Span, words);
                AddDetails(word, words, tokens);
            }
        }
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
