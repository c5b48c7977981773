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
    /// <param name="literal">The places, ascending, of which no special token is made, whatever they spell; null: none.</param>
    public TokenList Encode(string text, bool detailed, IReadOnlyList<int>? literal = null)
    {
        if (literal is not { Count: > 0 })
        {
            return Encode(text, detailed, isText: null);
        }

        int[] places = [.. literal.Order()];
        TokenList tokens = Encode(text, detailed: true, (start, end) =>
        {
            int next = Array.BinarySearch(places, start);
            next = next < 0 ? ~next : next;
            return next < places.Length && places[next] < end;
        });
        return detailed ? tokens : tokens.WithoutDetails();
    }

    // To tell what of the original is plain text needs the offsets, so the text is tracked where anything is.
    private TokenList Encode(string text, bool detailed, Func<int, int, bool>? isText)
    {
        var tokens = new TokenList(detailed, 8 + (text.Length / 3));
        MappedText whole = MappedText.FromOriginal(text, detailed);
        if (!added.Raw.MayMatch(text))
        {
            EncodeRaw(whole, tokens, isText);
        }
        else
        {
            var matches = new List<AddedTokenMatch>();
            added.Raw.Match(text, matches, isText);
            foreach (AddedTokenMatch match in matches)
            {
                if (match.Id >= 0)
                {
                    AddToken(new Piece(whole, match.Start, match.End - match.Start), match.Id, tokens);
                }
                else
                {
                    EncodeRaw(whole.Slice(match.Start, match.End - match.Start), tokens, isText);
                }
            }
        }

        if (detailed)
        {
            CountCodePoints(text, tokens.Details!);
        }

        return tokens;
    }

    private void EncodeRaw(MappedText segment, TokenList tokens, Func<int, int, bool>? isText)
    {
        MappedText text = normalizer is null ? segment : normalizer.Normalize(segment);
        if (!added.Normalized.MayMatch(text.Value))
        {
            EncodeWords(Piece.Whole(text), tokens, isText);
            return;
        }

        var matches = new List<AddedTokenMatch>();
        added.Normalized.Match(text.Value, matches, isText is null ? null : (start, end) =>
        {
            (int from, int to) = text.OriginOf(start, end - 1);
            return isText(from, to);
        });
        foreach (AddedTokenMatch match in matches)
        {
            if (match.Id >= 0)
            {
                AddToken(new Piece(text, match.Start, match.End - match.Start), match.Id, tokens);
            }
            else
            {
                EncodeWords(Piece.Whole(text.Slice(match.Start, match.End - match.Start)), tokens, isText);
            }
        }
    }

    private void EncodeWords(Piece piece, TokenList tokens, Func<int, int, bool>? isText)
    {
        bool scans = _scanner is not null && tokens.Details is null;
        IReadOnlyList<IPreTokenizer> stages = scans ? _beforeScanner : preTokenizers;
        if (stages.Count == 0)
        {
            Encode(piece, scans, tokens, isText);
            return;
        }

        foreach (Piece part in Split(stages, piece))
        {
            Encode(part, scans, tokens, isText);
        }
    }

    private void Encode(Piece piece, bool scans, TokenList tokens, Func<int, int, bool>? isText)
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
            EncodeWord(piece, tokens, isText);
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
                    part.Text.Budget.CheckTime();
                    preTokenizer.Split(part, parts);
                }
            }

            pieces = parts;
        }

        return pieces;
    }

    private void EncodeWord(Piece word, TokenList tokens, Func<int, int, bool>? isText)
    {
        if (tokens.Details is null)
        {
            model.Encode(word.Span, tokens.Ids);
            return;
        }

        var words = new List<WordToken>();
        model.Encode(word.Span, words);
        if (isText is not null && CutOf(word, words, isText) is { } cut)
        {
            EncodeWord(word with { Length = cut }, tokens, isText);
            EncodeWord(new Piece(word.Text, word.Start + cut, word.Length - cut), tokens, isText);
            return;
        }

        AddDetails(word, words, tokens);
    }

    // A model's own vocabulary may hold the spelling of a special token (as all of one whose words end at blanks do): where plain text
    // would become it, the word is read in two, cut behind its first character. Null where there is no such place.
    private int? CutOf(Piece word, List<WordToken> words, Func<int, int, bool> isText)
    {
        foreach (WordToken token in words)
        {
            int cut = token.First + Runes.LengthAt(word.Text.Value, word.Start + token.First);
            if (cut >= word.Length || cut > token.Last)
            {
                continue;
            }

            string? spelling = model.Vocabulary.TokenOf(token.Id);
            (int from, int to) = word.Text.OriginOf(word.Start + token.First, word.Start + token.Last);
            if (spelling is not null && added.IsSpecial(spelling) && word.Span[token.First..(token.Last + 1)].SequenceEqual(spelling) && isText(from, to))
            {
                return cut;
            }
        }

        return null;
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
