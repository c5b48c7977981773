namespace Dllm.Tokenization;

/// <summary>
/// WordPiece (Devlin et al. 2019): the longest known prefix of what is left of the word, again and again; pieces inside a word carry a
/// prefix (<c>##</c>). A word that cannot be spelt so, or is too long, is unknown as a whole.
/// </summary>
internal sealed class WordPieceModel : ITokenModel
{
    private readonly int _unknown;
    private readonly int _longestWord;
    private readonly TokenTrie _trie;
    private readonly int _inside; // where the search for pieces inside a word begins: after the prefix; -1 where there are none

    private WordPieceModel(JsonSection section)
    {
        Vocabulary = Vocabulary.Read(section.Get("vocab"));
        string prefix = section.OptionalText("continuing_subword_prefix") ?? "##";
        string unknown = section.OptionalText("unk_token") ?? "[UNK]";
        _unknown = Vocabulary.IdOf(unknown) ?? throw section.Error($"names the unknown token '{unknown}', which its vocabulary lacks");
        _longestWord = section.TryGet("max_input_chars_per_word")?.Number() ?? 100;
        _trie = new TokenTrie(Vocabulary.Tokens.Select(token => (token, Vocabulary.IdOf(token)!.Value)));
        _inside = TokenTrie.Root;
        foreach (char unit in prefix)
        {
            _inside = _inside < 0 ? -1 : _trie.Next(_inside, unit);
        }
    }

    public Vocabulary Vocabulary { get; }

    public static WordPieceModel Read(JsonSection section) => new(section);

    public void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        var tokens = new List<WordToken>(4);
        Encode(word, tokens);
        foreach (WordToken token in tokens)
        {
            ids.Add(token.Id);
        }
    }

    public void Encode(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        if (word.IsEmpty)
        {
            return;
        }

        int before = tokens.Count;
        if (word.Length > _longestWord && Runes.Count(word) > _longestWord)
        {
            tokens.Add(new WordToken(_unknown, 0, word.Length - 1));
            return;
        }

        var limit = new StepLimit(word.Length);
        for (int start = 0; start < word.Length;)
        {
            int length = Longest(word[start..], start == 0 ? TokenTrie.Root : _inside, limit, out int id);
            if (length == 0)
            {
                tokens.RemoveRange(before, tokens.Count - before);
                tokens.Add(new WordToken(_unknown, 0, word.Length - 1));
                break;
            }

            tokens.Add(new WordToken(id, start, start + length - 1));
            start += length;
        }
    }

    /// <summary>Units of the longest token that begins a text, 0 where there is none.</summary>
    private int Longest(ReadOnlySpan<char> text, int node, StepLimit limit, out int id)
    {
        id = -1;
        int longest = 0;
        int end = 0;
        while (end < text.Length && node >= 0 && (node = _trie.Next(node, text[end])) >= 0)
        {
            end++;
            if (_trie.IdAt(node) is var found and >= 0)
            {
                (id, longest) = (found, end);
            }
        }

        limit.Take(end);
        return longest;
    }
}
