using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>One layer's share of a <see cref="KvCache"/>: growing buffers [B, H, C, K] of which the first columns are held.</summary>
internal sealed class CachedColumns(int capacity) : IDisposable
{
    private Tensor? _keys;
    private Tensor? _values;

    public int Length { get; set; }

    /// <summary>Writes columns from <paramref name="start"/> on, making room where needed; <see cref="Length"/> stays.</summary>
    public void Store(int start, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var tokens = (int)key.size(2);
        _keys = Fit(_keys, start + tokens, key);
        _values = Fit(_values, start + tokens, value);
        _keys.narrow(2, start, tokens).copy_(key);
        _values.narrow(2, start, tokens).copy_(value);
    }

    /// <summary>Views of the first columns.</summary>
    public (Tensor Key, Tensor Value) First(int columns) => (_keys!.narrow(2, 0, columns), _values!.narrow(2, 0, columns));

    public void SelectRows(Tensor rows)
    {
        _keys = Select(_keys, rows);
        _values = Select(_values, rows);
    }

    public void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
    }

    /// <summary>The buffer, or a larger one with the same columns held: half as large again, so that growing costs little in all.</summary>
    private Tensor Fit(Tensor? buffer, int columns, Tensor sample)
    {
        if (buffer is not null && buffer.size(0) != sample.size(0))
            throw new ArgumentException($"the cache holds {buffer.size(0)} rows but {sample.size(0)} came", nameof(sample));
        if (buffer is not null && buffer.size(2) >= columns)
            return buffer;
        var room = buffer is null ? Math.Max(columns, capacity) : Math.Max(columns, columns / 2 * 3);
        var larger = empty([sample.size(0), sample.size(1), room, sample.size(3)], sample.dtype, sample.device);
        if (buffer is not null)
        {
            larger.narrow(2, 0, Length).copy_(buffer.narrow(2, 0, Length));
            buffer.Dispose();
        }

        return larger.DetachFromDisposeScope();
    }

    private static Tensor? Select(Tensor? buffer, Tensor rows)
    {
        if (buffer is null)
            return null;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var selected = buffer.index_select(0, rows.to(buffer.device)).DetachFromDisposeScope();
        buffer.Dispose();
        return selected;
    }
}
