namespace Dllm.Tokenization;

/// <summary>
/// Where a written text ends: at the first token that ends texts, or where the end of a turn is spelled, as one token or as several (a plain
/// BERT has no token <c>[/Answer]</c>; it writes <c>[ / answer ]</c>). The one rule by which answers are cut, whoever shows them.
/// </summary>
public sealed class TextEnds
{
    private readonly Tokenizer _tokenizer;
    private readonly string[] _spellings;

    /// <summary>The ends of a tokenizer, and of a checkpoint.</summary>
    /// <param name="tokenizer">Names an end-of-sequence token and an end of a turn.</param>
    /// <param name="further">More tokens that end a text, such as a checkpoint's <c>eos_token_id</c>; none by default.</param>
    public TextEnds(Tokenizer tokenizer, IEnumerable<int>? further = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        SpecialTokens special = tokenizer.SpecialTokens;
        TokenIds = [.. new[] { special.EosId, special.EndOfTurnId }.OfType<int>().Concat(further ?? []).Distinct()];
        bool isSpelled = !string.IsNullOrEmpty(special.EndOfTurn) && special.EndOfTurnId is null;
        Pieces = isSpelled ? tokenizer.Encode(special.EndOfTurn!, addSpecialTokens: false) : [];
        _spellings = isSpelled
            ? [.. new[] { special.EndOfTurn!, tokenizer.Decode(Pieces, skipSpecialTokens: true).Trim() }.Where(text => text.Length > 0).Distinct()]
            : [];
    }

    /// <summary>The tokens each of which ends a text.</summary>
    public IReadOnlyList<int> TokenIds { get; }

    /// <summary>The tokens that spell the end of a turn together; empty where it is one token, or there is none.</summary>
    public IReadOnlyList<int> Pieces { get; }

    /// <summary>The place of the end: of the token, or of the first of those that spell it; null where the text does not end.</summary>
    /// <param name="written">Tokens, without masks.</param>
    public int? Find(ReadOnlySpan<int> written)
    {
        int token = written.IndexOfAny([.. TokenIds]);
        ReadOnlySpan<int> before = token < 0 ? written : written[..token];
        return FindSpelled(before) ?? (token < 0 ? null : token);
    }

    /// <summary>The tokens in front of the end.</summary>
    /// <param name="written">As in <see cref="Find"/>.</param>
    public ReadOnlySpan<int> Before(ReadOnlySpan<int> written) => written[..(Find(written) ?? written.Length)];

    /// <summary>A text as it was decoded, up to where it spells the end.</summary>
    /// <param name="decoded">The text.</param>
    public string Before(string decoded)
    {
        foreach (string end in _spellings)
        {
            int at = decoded.IndexOf(end, StringComparison.Ordinal);
            if (at >= 0) decoded = decoded[..at];
        }

        return decoded;
    }

    // Mostly the tokens are those that the end alone has. But a tokenizer may join its letters to what stands beside them.
    private int? FindSpelled(ReadOnlySpan<int> written)
    {
        if (Pieces.Count == 0) return null;
        int place = written.IndexOf([.. Pieces]);
        if (place >= 0) return place;
        if (Decode(written) is var text && Before(text) is var cut && cut.Length == text.Length) return null;
        int least = 0, most = written.Length; // the most tokens whose text does not reach beyond the cut
        while (least < most)
        {
            int middle = (least + most + 1) / 2;
            if (Decode(written[..middle]).TrimEnd().Length <= cut.TrimEnd().Length) least = middle;
            else most = middle - 1;
        }

        return least;
    }

    private string Decode(ReadOnlySpan<int> ids) => _tokenizer.Decode(ids, skipSpecialTokens: true);
}
