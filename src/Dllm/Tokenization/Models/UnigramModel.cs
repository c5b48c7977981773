using System.Buffers;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>
/// Unigram (Kudo 2018): the segmentation of the highest total score. Characters no token covers cost ten more than the worst score, and
/// neighbouring ones are one unknown token.
/// </summary>
internal sealed class UnigramModel : ITokenModel
{
    private const double UnknownPenalty = 10;

    private readonly double[] _scores;
    private readonly TokenTrie _trie;
    private readonly double _unknownScore;
    private readonly int? _unknown;
    private readonly int[]? _fallbackIds;
    private readonly JsonSection _section;

    private UnigramModel(JsonSection section)
    {
        _section = section;
        JsonSection entries = section.Get("vocab");
        var tokens = new List<string>();
        var scores = new List<double>();
        foreach (JsonSection entry in entries.Items())
        {
            using IEnumerator<JsonSection> pair = entry.Items().GetEnumerator();
            if (!pair.MoveNext())
            {
                throw entry.Error("is no pair of a token and its score");
            }

            tokens.Add(pair.Current.Text());
            scores.Add(pair.MoveNext() ? pair.Current.Real() : throw entry.Error("has no score"));
        }

        Vocabulary = Vocabulary.Of(tokens);
        _scores = [.. scores];
        _unknown = section.TryGet("unk_id")?.Number();
        if (_unknown is { } id && (uint)id >= (uint)tokens.Count)
        {
            throw section.Get("unk_id").Error($"is {id}, but the vocabulary has {tokens.Count} tokens");
        }

        _unknownScore = (scores.Count == 0 ? 0 : scores.Min()) - UnknownPenalty;
        _trie = new TokenTrie(tokens.Select((token, index) => (token, Vocabulary.IdOf(token) ?? index)));
        _fallbackIds = section.Flag("byte_fallback", false)
            ? [.. Enumerable.Range(0, 256).Select(value => Vocabulary.IdOf($"<0x{value:X2}>") ?? -1)]
            : null;
    }

    public Vocabulary Vocabulary { get; }

    public static UnigramModel Read(JsonSection section) => new(section);

    public void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        var tokens = new List<WordToken>();
        Encode(word, tokens);
        foreach (WordToken token in tokens)
        {
            ids.Add(token.Id);
        }
    }

    public void Encode(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        int[] scratch = ArrayPool<int>.Shared.Rent(2 * (word.Length + 1));
        double[] scores = ArrayPool<double>.Shared.Rent(word.Length + 1);
        Span<int> starts = scratch.AsSpan(0, word.Length + 1);
        Span<int> ids = scratch.AsSpan(word.Length + 1, word.Length + 1);
        FindBestPath(word, starts, ids, scores);
        int before = tokens.Count;
        for (int end = word.Length; end > 0;)
        {
            int start = starts[end];
            int id = ids[end];
            for (int fused = start; id == _unknown && fused > 0 && ids[fused] == _unknown; fused = starts[fused])
            {
                start = starts[fused];
            }

            AddReversed(word, start, end, id, tokens);
            end = start;
        }

        tokens.Reverse(before, tokens.Count - before);
        ArrayPool<int>.Shared.Return(scratch);
        ArrayPool<double>.Shared.Return(scores);
    }

    /// <summary>For every place in the word, the best token that ends there and where it begins.</summary>
    private void FindBestPath(ReadOnlySpan<char> word, Span<int> starts, Span<int> ids, Span<double> scores)
    {
        starts.Fill(-1);
        scores[0] = 0;
        var limit = new StepLimit(word.Length);
        for (int start = 0; start < word.Length;)
        {
            int character = Runes.LengthAt(word, start);
            bool covered = false;
            double soFar = scores[start];
            int node = TokenTrie.Root;
            int end = start;
            while (end < word.Length && (node = _trie.Next(node, word[end])) >= 0)
            {
                end++;
                if (_trie.IdAt(node) is var id and >= 0)
                {
                    Offer(end, soFar + _scores[id], start, id, starts, ids, scores);
                    covered |= end - start == character;
                }
            }

            limit.Take(end - start);
            if (!covered)
            {
                Offer(start + character, soFar + _unknownScore, start, _unknown ?? -1, starts, ids, scores);
            }

            start += character;
        }
    }

    private static void Offer(int end, double score, int start, int id, Span<int> starts, Span<int> ids, Span<double> scores)
    {
        if (starts[end] < 0 || score > scores[end])
        {
            scores[end] = score;
            starts[end] = start;
            ids[end] = id;
        }
    }

    private void AddReversed(ReadOnlySpan<char> word, int start, int end, int id, List<WordToken> tokens)
    {
        ReadOnlySpan<char> text = word[start..end];
        if (id != (_unknown ?? -1) || Vocabulary.TryGetId(text, out id))
        {
            tokens.Add(new WordToken(id, start, end - 1, text.ToString()));
            return;
        }

        if (_fallbackIds is not null)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
            if (Array.TrueForAll(bytes, value => _fallbackIds[value] >= 0))
            {
                for (int i = bytes.Length - 1; i >= 0; i--)
                {
                    tokens.Add(new WordToken(_fallbackIds[bytes[i]], start, end - 1));
                }

                return;
            }
        }

        int unknown = _unknown ?? throw _section.Error($"has no unk_id for '{text}', which its vocabulary cannot spell");
        tokens.Add(new WordToken(unknown, start, end - 1, text.ToString()));
    }
}
