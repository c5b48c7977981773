using System.Buffers;

namespace Dllm.Tokenization;

/// <summary>
/// WordPiece (Devlin et al. 2019): the longest known prefix of what is left of the word, again and again; pieces inside a word carry a
/// prefix (<c>##</c>). A word that cannot be spelt so, or is too long, is unknown as a whole.
/// </summary>
internal sealed class WordPieceModel : ITokenModel
{
    private readonly string _prefix;
    private readonly int _unknown;
    private readonly int _longestWord;
    private readonly int _longestToken;

    private WordPieceModel(JsonSection section)
    {
        Vocabulary = Vocabulary.Read(section.Get("vocab"));
        _prefix = section.OptionalText("continuing_subword_prefix") ?? "##";
        string unknown = section.OptionalText("unk_token") ?? "[UNK]";
        _unknown = Vocabulary.IdOf(unknown) ?? throw section.Error($"names the unknown token '{unknown}', which its vocabulary lacks");
        _longestWord = section.TryGet("max_input_chars_per_word")?.Number() ?? 100;
        _longestToken = Vocabulary.Count == 0 ? 0 : Vocabulary.Tokens.Max(token => token.Length);
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

        char[] rented = ArrayPool<char>.Shared.Rent(_prefix.Length + word.Length);
        Span<char> prefixed = rented; // the prefix and the rest of the word; only its front is read
        _prefix.CopyTo(prefixed);
        for (int start = 0; start < word.Length;)
        {
            ReadOnlySpan<char> rest = word[start..];
            ReadOnlySpan<char> candidate = rest;
            if (start > 0)
            {
                rest.CopyTo(prefixed[_prefix.Length..]);
                candidate = prefixed[..(_prefix.Length + rest.Length)];
            }

            int extra = candidate.Length - rest.Length;
            int length = Longest(candidate, extra, out int id);
            if (length == 0)
            {
                tokens.RemoveRange(before, tokens.Count - before);
                tokens.Add(new WordToken(_unknown, 0, word.Length - 1));
                break;
            }

            tokens.Add(new WordToken(id, start, start + length - 1));
            start += length;
        }

        ArrayPool<char>.Shared.Return(rented);
    }

    /// <summary>Units of the longest token that begins a candidate, less the <paramref name="extra"/> units of the prefix.</summary>
    private int Longest(ReadOnlySpan<char> candidate, int extra, out int id)
    {
        for (int end = Math.Min(candidate.Length, _longestToken); end > extra; end--)
        {
            if (Vocabulary.TryGetId(candidate[..end], out id))
            {
                return end - extra;
            }
        }

        id = -1;
        return 0;
    }
}
