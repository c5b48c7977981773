using static TorchSharp.torch;

namespace Dllm.Layers;

// B rows, H key/value heads, C columns of capacity, S columns held or seen, T new columns, K head width.

/// <summary>
/// The keys and values of tokens seen before, layer by layer, so that later forwards compute new columns only. One per sampling run; not
/// for training: nothing that passes through it has gradients.
/// </summary>
/// <remarks>
/// Buffers [B, H, C, K] have spare capacity, so that appending copies the new columns only, and what a layer gets back are views of
/// them. A view is good until the next forward. Keys are held as attention uses them, after rotation.
/// </remarks>
public sealed class KvCache : IDisposable
{
    private readonly List<CachedColumns> _layers = [];
    private readonly int _capacity;

    /// <summary>An empty cache.</summary>
    /// <param name="capacity">How many columns to set memory aside for; more are made room for when they come.</param>
    public KvCache(int capacity = 0) => _capacity = capacity;

    /// <summary>Columns held. While a forward appends, its first layer has them first.</summary>
    public int Length => _layers.Count == 0 ? 0 : _layers[0].Length;

    /// <summary>The layers that hold something.</summary>
    public int Layers => _layers.Count;

    /// <summary>What the next forwards do with their keys and values; <see cref="CacheWrite.Append"/> at first.</summary>
    public CacheWrite Write { get; set; } = CacheWrite.Append;

    /// <summary>Where <see cref="CacheWrite.Replace"/> begins; start + T must not exceed <see cref="Length"/>.</summary>
    public int ReplaceStart { get; set; }

    /// <summary>The column of the next forward's first token.</summary>
    public int FirstColumn => Write == CacheWrite.Replace ? ReplaceStart : Length;

    /// <summary>How many columns the next forward sees, its own <paramref name="tokens"/> included.</summary>
    public int VisibleColumns(int tokens) => Write == CacheWrite.Replace ? Length : Length + tokens;

    /// <summary>Takes a layer's new keys and values in, as <see cref="Write"/> says, and gives all that its queries see.</summary>
    /// <param name="layer">The layer's index, from 0.</param>
    /// <param name="key">[B, H, T, K].</param>
    /// <param name="value">[B, H, T, K].</param>
    /// <returns>[B, H, S, K] each: views, good until the next forward.</returns>
    /// <exception cref="ArgumentException">The rows are not those held, or a replacement reaches beyond the columns held.</exception>
    public (Tensor Key, Tensor Value) Extend(int layer, Tensor key, Tensor value)
    {
        while (_layers.Count <= layer)
            _layers.Add(new CachedColumns(_capacity));
        var columns = _layers[layer];
        var tokens = (int)key.size(2);
        var start = Write == CacheWrite.Replace ? ReplaceStart : columns.Length;
        if (Write == CacheWrite.Replace && start + tokens > columns.Length)
            throw new ArgumentException($"columns {start} to {start + tokens} are to be replaced but {columns.Length} are held", nameof(key));
        columns.Store(start, key, value);
        var seen = Math.Max(columns.Length, start + tokens);
        if (Write == CacheWrite.Append)
            columns.Length = seen;
        return columns.First(seen);
    }

    /// <summary>What a layer holds: [B, H, S, K] each, as views.</summary>
    public (Tensor Key, Tensor Value) Held(int layer) => _layers[layer].First(_layers[layer].Length);

    /// <summary>Keeps the first columns only; memory stays for those to come.</summary>
    public void Trim(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        foreach (var columns in _layers)
            columns.Length = length;
    }

    /// <summary>Keeps the given rows, in this order; a row may be given twice. Rows that are done leave this way.</summary>
    public void SelectRows(ReadOnlySpan<int> rows)
    {
        using var indices = tensor(Array.ConvertAll(rows.ToArray(), row => (long)row));
        foreach (var columns in _layers)
            columns.SelectRows(indices);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var columns in _layers)
            columns.Dispose();
        _layers.Clear();
    }
}
