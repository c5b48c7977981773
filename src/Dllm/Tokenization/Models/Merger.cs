using System.Buffers;

namespace Dllm.Tokenization;

/// <summary>Merges the symbols of a word, best rank first and of equal ranks the leftmost, until nothing merges.</summary>
internal static class Merger
{
    /// <summary>Up to this many symbols a scan for the best pair beats a heap.</summary>
    private const int Scanned = 40;

    /// <summary>Merges in place.</summary>
    /// <param name="merges">The merges.</param>
    /// <param name="ids">Ids of the symbols.</param>
    /// <param name="bytes">UTF-8 bytes of each symbol.</param>
    /// <returns>How many symbols are left, at the front of both spans.</returns>
    public static int Merge(MergeTable merges, Span<int> ids, Span<int> bytes) =>
        ids.Length <= 1 ? ids.Length : ids.Length <= Scanned ? Scan(merges, ids, bytes) : UseHeap(merges, ids, bytes);

    private static int Scan(MergeTable merges, Span<int> ids, Span<int> bytes)
    {
        int count = ids.Length;
        Span<(int Rank, int Id)> pairs = stackalloc (int, int)[Scanned];
        for (int i = 0; i + 1 < count; i++)
        {
            pairs[i] = merges.Find(ids[i], ids[i + 1]);
        }

        while (true)
        {
            int best = -1;
            int rank = int.MaxValue;
            for (int i = 0; i + 1 < count; i++)
            {
                if (pairs[i].Rank < rank)
                {
                    rank = pairs[i].Rank;
                    best = i;
                }
            }

            if (best < 0)
            {
                return count;
            }

            ids[best] = pairs[best].Id;
            bytes[best] += bytes[best + 1];
            int rest = count - best - 2;
            ids.Slice(best + 2, rest).CopyTo(ids[(best + 1)..]);
            bytes.Slice(best + 2, rest).CopyTo(bytes[(best + 1)..]);
            pairs.Slice(best + 1, rest).CopyTo(pairs[best..]);
            count--;
            if (best > 0)
            {
                pairs[best - 1] = merges.Find(ids[best - 1], ids[best]);
            }

            if (best + 1 < count)
            {
                pairs[best] = merges.Find(ids[best], ids[best + 1]);
            }
        }
    }

    private static int UseHeap(MergeTable merges, Span<int> ids, Span<int> bytes)
    {
        int count = ids.Length;
        int[] scratch = ArrayPool<int>.Shared.Rent(4 * count);
        Span<int> previous = scratch.AsSpan(0, count);
        Span<int> next = scratch.AsSpan(count, count);
        Span<int> ranks = scratch.AsSpan(2 * count, count); // of the pair that begins here; int.MaxValue: none, or merged away
        Span<int> results = scratch.AsSpan(3 * count, count);
        var heap = new MergeHeap(count);
        for (int i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < count ? i + 1 : -1;
            ranks[i] = int.MaxValue;
        }

        for (int i = 0; i + 1 < count; i++)
        {
            Offer(i, ids, next, ranks, results, merges, heap);
        }

        while (heap.TryPop(out int rank, out int left))
        {
            if (ranks[left] != rank)
            {
                continue; // the pair has changed since
            }

            int right = next[left];
            ids[left] = results[left];
            bytes[left] += bytes[right];
            ids[right] = -1;
            ranks[right] = int.MaxValue;
            next[left] = next[right];
            if (next[left] >= 0)
            {
                previous[next[left]] = left;
            }

            Offer(left, ids, next, ranks, results, merges, heap);
            if (previous[left] >= 0)
            {
                Offer(previous[left], ids, next, ranks, results, merges, heap);
            }
        }

        int kept = 0;
        for (int i = 0; i >= 0; i = next[i])
        {
            ids[kept] = ids[i];
            bytes[kept++] = bytes[i];
        }

        ArrayPool<int>.Shared.Return(scratch);
        return kept;
    }

    /// <summary>Looks up the pair that begins at a symbol and puts it in the queue if it merges.</summary>
    private static void Offer(
        int left, Span<int> ids, Span<int> next, Span<int> ranks, Span<int> results, MergeTable merges, MergeHeap heap)
    {
        (ranks[left], results[left]) = next[left] < 0 ? (int.MaxValue, -1) : merges.Find(ids[left], ids[next[left]]);
        if (ranks[left] != int.MaxValue)
        {
            heap.Push(ranks[left], left);
        }
    }
}

/// <summary>A binary heap of pairs: lowest rank first, of equal ranks the leftmost.</summary>
internal sealed class MergeHeap(int capacity)
{
    private ulong[] _items = new ulong[capacity];
    private int _count;

    public void Push(int rank, int position)
    {
        if (_count == _items.Length)
        {
            Array.Resize(ref _items, Math.Max(16, 2 * _count));
        }

        ulong item = (ulong)(uint)rank << 32 | (uint)position;
        int at = _count++;
        for (int parent = (at - 1) / 2; at > 0 && _items[parent] > item; parent = (at - 1) / 2)
        {
            _items[at] = _items[parent];
            at = parent;
        }

        _items[at] = item;
    }

    public bool TryPop(out int rank, out int position)
    {
        if (_count == 0)
        {
            (rank, position) = (0, 0);
            return false;
        }

        ulong top = _items[0];
        ulong last = _items[--_count];
        int at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= _count)
            {
                break;
            }

            if (child + 1 < _count && _items[child + 1] < _items[child])
            {
                child++;
            }

            if (_items[child] >= last)
            {
                break;
            }

            _items[at] = _items[child];
            at = child;
        }

        _items[at] = last;
        (rank, position) = ((int)(top >> 32), (int)(uint)top);
        return true;
    }
}
