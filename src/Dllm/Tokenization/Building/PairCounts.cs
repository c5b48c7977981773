namespace Dllm.Tokenization;

/// <summary>Two neighbouring symbols.</summary>
internal readonly record struct Pair(int Left, int Right);

/// <summary>A word spelt in symbols, and how often it occurs.</summary>
internal sealed class CountedWord(int[] symbols, long count)
{
    public int[] Symbols { get; set; } = symbols;

    public long Count { get; } = count;
}

/// <summary>How often each pair of symbols occurs in a list of words, kept up to date while pairs are joined.</summary>
internal sealed class PairCounts
{
    private readonly IReadOnlyList<CountedWord> _words;
    private readonly Dictionary<Pair, long> _counts = [];
    private readonly Dictionary<Pair, HashSet<int>> _places = [];
    private readonly PriorityQueue<Pair, (long Count, Pair Pair)> _queue = new(Comparer<(long Count, Pair Pair)>.Create(Compare));

    public PairCounts(IReadOnlyList<CountedWord> words)
    {
        _words = words;
        for (int place = 0; place < words.Count; place++)
        {
            Count(place, +1, null);
        }

        foreach ((Pair pair, long count) in _counts)
        {
            _queue.Enqueue(pair, (count, pair));
        }
    }

    /// <summary>Takes the most frequent pair out; of equally frequent ones that with the lower ids.</summary>
    public bool TryTakeBest(out Pair pair, out long count)
    {
        while (_queue.TryDequeue(out pair, out (long Count, Pair Pair) priority))
        {
            count = _counts.GetValueOrDefault(pair);
            if (count == priority.Count && count > 0)
            {
                return true;
            }

            if (count > 0)
            {
                _queue.Enqueue(pair, (count, pair)); // its count has changed since it was put in
            }
        }

        count = 0;
        return false;
    }

    /// <summary>Joins every occurrence of a pair into one symbol.</summary>
    public void Join(Pair pair, int symbol)
    {
        if (!_places.Remove(pair, out HashSet<int>? places))
        {
            return;
        }

        var risen = new HashSet<Pair>();
        foreach (int place in places)
        {
            Count(place, -1, null);
            _words[place].Symbols = Joined(_words[place].Symbols, pair, symbol);
            Count(place, +1, risen);
        }

        _counts.Remove(pair);
        foreach (Pair other in risen)
        {
            // Pairs without the new symbol have only fallen: their entries in the queue mend themselves when they come up.
            if ((other.Left == symbol || other.Right == symbol) && _counts.TryGetValue(other, out long count) && count > 0)
            {
                _queue.Enqueue(other, (count, other));
            }
        }
    }

    private static int Compare((long Count, Pair Pair) one, (long Count, Pair Pair) other)
    {
        int order = other.Count.CompareTo(one.Count);
        order = order != 0 ? order : one.Pair.Left.CompareTo(other.Pair.Left);
        return order != 0 ? order : one.Pair.Right.CompareTo(other.Pair.Right);
    }

    private void Count(int place, int sign, HashSet<Pair>? seen)
    {
        int[] symbols = _words[place].Symbols;
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            var pair = new Pair(symbols[i], symbols[i + 1]);
            _counts[pair] = _counts.GetValueOrDefault(pair) + (sign * _words[place].Count);
            if (sign > 0)
            {
                seen?.Add(pair);
                if (!_places.TryGetValue(pair, out HashSet<int>? places))
                {
                    _places[pair] = places = [];
                }

                places.Add(place);
            }
        }
    }

    private static int[] Joined(int[] symbols, Pair pair, int symbol)
    {
        var result = new List<int>(symbols.Length);
        for (int i = 0; i < symbols.Length; i++)
        {
            if (i + 1 < symbols.Length && symbols[i] == pair.Left && symbols[i + 1] == pair.Right)
            {
                result.Add(symbol);
                i++;
            }
            else
            {
                result.Add(symbols[i]);
            }
        }

        return [.. result];
    }
}
