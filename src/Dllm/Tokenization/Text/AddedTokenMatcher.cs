using System.Buffers;

namespace Dllm.Tokenization;

/// <summary>A stretch of a text: an added token, or (with id -1) what lies between added tokens.</summary>
internal readonly record struct AddedTokenMatch(int Start, int End, int Id);

/// <summary>Finds added tokens in a text: at each place the longest, from the left, as the reference's automaton does.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly TokenTrie _trie;
    private readonly SearchValues<char> _firstUnits;
    private readonly Dictionary<int, AddedToken> _tokens = [];

    /// <param name="tokens">Tokens and the text each is found by; of equal texts the first counts.</param>
    public AddedTokenMatcher(IEnumerable<(AddedToken Token, string Pattern)> tokens)
    {
        var patterns = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((AddedToken token, string pattern) in tokens)
        {
            if (pattern.Length > 0 && patterns.TryAdd(pattern, token.Id))
            {
                _tokens[token.Id] = token;
            }
        }

        _trie = new TokenTrie(patterns.Select(pattern => (pattern.Key, pattern.Value)));
        _firstUnits = SearchValues.Create([.. patterns.Keys.Select(pattern => pattern[0]).Distinct()]);
    }

    /// <summary>Whether a token of a kind is among those it finds.</summary>
    public bool HasAny(Func<AddedToken, bool> isSought) => _tokens.Values.Any(isSought);

    /// <summary>Whether a text holds a character that begins a token.</summary>
    public bool MayMatch(string text) => _tokens.Count > 0 && text.AsSpan().ContainsAny(_firstUnits);

    /// <summary>The places of a text at which one of certain tokens is spelled, ascending; spellings may overlap.</summary>
    public IEnumerable<int> Spellings(string text, Func<AddedToken, bool> isSought)
    {
        var limit = new StepLimit(text.Length);
        for (int at = NextCandidate(text, 0); at < text.Length; at = NextCandidate(text, at + 1))
        {
            if (LongestAt(text, at, limit, (_, id) => isSought(_tokens[id]), out _) >= 0)
            {
                yield return at;
            }
        }
    }

    /// <summary>Adds the stretches of a text in order. White space that a token swallows belongs to its stretch.</summary>
    /// <param name="text">The text.</param>
    /// <param name="matches">Where they are added.</param>
    /// <param name="isText">Whether the units from one place to another are plain text, in which no special token is found; null: none are.</param>
    public void Match(string text, List<AddedTokenMatch> matches, Func<int, int, bool>? isText = null)
    {
        int done = 0;
        var limit = new StepLimit(text.Length);
        for (int at = NextCandidate(text, 0); at < text.Length; at = NextCandidate(text, at))
        {
            int first = at;
            int end = LongestAt(text, at, limit, isText is null ? null : (end, id) => !_tokens[id].Special || !isText(first, end), out int id);
            if (end < 0)
            {
                at++;
                continue;
            }

            AddedToken token = _tokens[id];
            if (!token.SingleWord || IsWholeWord(text, at, end))
            {
                int start = token.LeftStrip ? Math.Max(done, BlanksBefore(text, at)) : at;
                int stop = token.RightStrip ? BlanksAfter(text, end) : end;
                if (done < start)
                {
                    matches.Add(new AddedTokenMatch(done, start, -1));
                }

                matches.Add(new AddedTokenMatch(start, stop, id));
                done = stop;
            }

            at = end; // also after a token that swallowed more: the reference goes on right behind the match
        }

        if (done < text.Length)
        {
            matches.Add(new AddedTokenMatch(done, text.Length, -1));
        }
    }

    private int NextCandidate(string text, int from)
    {
        int at = _tokens.Count == 0 ? -1 : text.AsSpan(from).IndexOfAny(_firstUnits);
        return at < 0 ? text.Length : from + at;
    }

    private int LongestAt(string text, int start, StepLimit limit, Func<int, int, bool>? mayEnd, out int id)
    {
        id = -1;
        int end = -1;
        int node = TokenTrie.Root;
        int i = start;
        for (; i < text.Length && (node = _trie.Next(node, text[i])) >= 0; i++)
        {
            if (_trie.IdAt(node) is var found and >= 0 && mayEnd?.Invoke(i + 1, found) != false)
            {
                (id, end) = (found, i + 1);
            }
        }

        limit.Take(i - start);
        return end;
    }

    private static bool IsWholeWord(string text, int start, int end) =>
        (start == 0 || !ReferenceUnicode.IsWord(Runes.Before(text, start)))
        && (end == text.Length || !ReferenceUnicode.IsWord(Runes.At(text, end, out _)));

    private static int BlanksBefore(string text, int end)
    {
        while (end > 0 && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return end;
    }

    private static int BlanksAfter(string text, int start)
    {
        while (start < text.Length && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        return start;
    }
}
