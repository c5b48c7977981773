namespace Dllm.Tokenization;

/// <summary>The added tokens of a tokenizer, on top of its model's vocabulary.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, AddedToken> _byContent = new(StringComparer.Ordinal);
    private readonly Dictionary<int, (AddedToken Token, string Spelling)> _byId = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);
    private readonly INormalizer? _normalizer;

    public AddedVocabulary(IEnumerable<AddedToken> tokens, INormalizer? normalizer)
    {
        _normalizer = normalizer;
        foreach (AddedToken token in tokens)
        {
            string spelling = token.Normalized && normalizer is not null
                ? normalizer.Normalize(MappedText.FromOriginal(token.Content, tracked: false)).Value
                : token.Content;
            _byContent[token.Content] = token;
            _byId[token.Id] = (token, spelling);
            if (token.Special)
            {
                _special.Add(token.Content);
            }
        }

        Tokens = [.. _byId.Values.Select(entry => entry.Token).OrderBy(token => token.Id)];
        Raw = new AddedTokenMatcher(_byId.Values.Where(entry => !entry.Token.Normalized));
        Normalized = new AddedTokenMatcher(_byId.Values.Where(entry => entry.Token.Normalized));
    }

    /// <summary>The tokens by ascending id.</summary>
    public IReadOnlyList<AddedToken> Tokens { get; }

    /// <summary>Finds the tokens that are looked for in the text as given.</summary>
    public AddedTokenMatcher Raw { get; }

    /// <summary>Finds the tokens that are looked for in the normalised text.</summary>
    public AddedTokenMatcher Normalized { get; }

    public int? IdOf(string content) => _byContent.TryGetValue(content, out AddedToken? token) ? token.Id : null;

    public string? ContentOf(int id) => _byId.TryGetValue(id, out (AddedToken Token, string Spelling) entry) ? entry.Token.Content : null;

    /// <summary>How a token is spelt for the decoder: as it was matched.</summary>
    public string? SpellingOf(int id) => _byId.TryGetValue(id, out (AddedToken Token, string Spelling) entry) ? entry.Spelling : null;

    /// <summary>The places of a text at which one of certain tokens is spelled, ascending, each once.</summary>
    public int[] Spellings(string text, Func<AddedToken, bool> isSought)
    {
        IEnumerable<int> places = Raw.MayMatch(text) ? Raw.Spellings(text, isSought) : [];
        if (Normalized.HasAny(isSought))
        {
            MappedText normal = MappedText.FromOriginal(text, tracked: true);
            normal = _normalizer?.Normalize(normal) ?? normal;
            places = places.Concat(Normalized.Spellings(normal.Value, isSought).Select(at => normal.OriginOf(at, at).Start));
        }

        return [.. places.Distinct().Order()];
    }

    /// <summary>Whether decoding without special tokens leaves a spelling out.</summary>
    public bool IsSpecial(string spelling) => _special.Contains(spelling);
}
