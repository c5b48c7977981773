using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// n caches of b rows each, H key/value heads, L columns held by the fullest, Q columns read, K head width.

/// <summary>
/// Caches of several runs as one of all their rows, each ending at the same column, with zeros in front of shorter ones. What was joined
/// is kept for the next step, which mostly asks for the same.
/// </summary>
internal sealed class JoinedCaches : IDisposable
{
    private readonly List<Entry> _entries = [];

    /// <summary>One cache of several; it stays this object's.</summary>
    /// <param name="caches">Of the same model, with as many rows each, and to be written to alike; all empty, or none.</param>
    /// <param name="columns">The columns to be read next (Q).</param>
    public KvCache Join(KvCache[] caches, int columns)
    {
        var lengths = Array.ConvertAll(caches, cache => cache.Length);
        var entry = _entries.Find(entry => entry.Parts.SequenceEqual(caches) && entry.Lengths.SequenceEqual(lengths));
        if (entry is null)
        {
            entry = new Entry(caches, lengths, Copy(caches, lengths.Max(), columns));
            _entries.Add(entry);
        }

        entry.IsUsed = true;
        entry.Joined.Trim(lengths.Max()); // a forward that failed may have left something behind
        entry.Joined.Write = caches[0].Write;
        return entry.Joined;
    }

    /// <summary>Behind a forward that wrote to a cache of several: each takes its own rows and columns.</summary>
    public void HandOut(KvCache joined, Reading[] readings)
    {
        if (joined.Write != CacheWrite.Append) return;
        using var scope = NewDisposeScope();
        var held = readings.Max(reading => reading.Cache!.Length); // L
        for (var layer = 0; layer < joined.Layers; layer++)
        {
            var (keys, values) = joined.Held(layer); // [b·n, H, L + Q, K]
            for (var i = 0; i < readings.Length; i++)
            {
                var rows = arange(i, keys.size(0), readings.Length, device: keys.device); // the row of each half of guidance
                var columns = readings[i].Columns.Count;
                readings[i].Cache!.Extend(layer, Own(keys), Own(values));

                Tensor Own(Tensor all) => all.narrow(2, held, columns).index_select(0, rows); // [b, H, own Q, K]
            }
        }

        var entry = _entries.Find(entry => entry.Joined == joined)!;
        _entries.Remove(entry); // it holds more than its parts did
        joined.Dispose();
    }

    /// <summary>Lets go of what was not joined since the last call.</summary>
    public void DropUnused()
    {
        foreach (var entry in _entries.Where(entry => !entry.IsUsed)) entry.Joined.Dispose();
        _entries.RemoveAll(entry => !entry.IsUsed);
        foreach (var entry in _entries) entry.IsUsed = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in _entries) entry.Joined.Dispose();
        _entries.Clear();
    }

    private static KvCache Copy(KvCache[] caches, int length, int columns)
    {
        using var scope = NewDisposeScope();
        var joined = new KvCache(length + columns);
        for (var layer = 0; length > 0 && layer < caches[0].Layers; layer++)
        {
            var held = Array.ConvertAll(caches, cache => cache.Held(layer));
            joined.Extend(layer, Rows([.. held.Select(one => one.Key)], length), Rows([.. held.Select(one => one.Value)], length));
        }

        return joined;
    }

    /// <summary>n × [b, H, own L, K] → [b·n, H, L, K]: first the first row of each, then the second of each.</summary>
    private static Tensor Rows(Tensor[] parts, int length)
    {
        var first = parts[0];
        var all = zeros([first.size(0), parts.Length, first.size(1), length, first.size(3)], first.dtype, first.device); // [b, n, H, L, K]
        for (var i = 0; i < parts.Length; i++)
            all.select(1, i).narrow(2, length - parts[i].size(2), parts[i].size(2)).copy_(parts[i]);
        return all.flatten(0, 1);
    }

    private sealed record Entry(KvCache[] Parts, int[] Lengths, KvCache Joined)
    {
        public bool IsUsed { get; set; }
    }
}
