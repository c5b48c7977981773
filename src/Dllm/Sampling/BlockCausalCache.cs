using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// b rows held, N cells asked for, V vocabulary.

/// <summary>
/// Keys and values of the blocks in front of the current one. Blocks see none behind them, so what is kept is what computing all anew
/// would give: the cache is exact. The first prediction of a block reads it together with what was settled since the one before (the
/// prompt, or the last block); later ones read the block alone.
/// </summary>
/// <param name="reader">Has the denoiser read; its model sees through a mask of blocks.</param>
/// <param name="isKept">Whether keys and values are kept; else every prediction reads all columns up to the block's end.</param>
/// <param name="shifted">Whether the logits of a token are those at the column to its left.</param>
internal sealed class BlockCausalCache(CanvasReader reader, bool isKept, bool shifted) : ICacheStrategy
{
    private KvCache? _cache;
    private int[] _rows = []; // the rows it holds, ascending
    private int _block = -1; // the first column of the block that the cache is ready for
    private Tensor? _left; // [b, V]: the logits at the column in front of the block, which is not read again

    public Columns Reads(Canvas canvas, CanvasBlock[] block) => CanvasBlock.Span(block);

    public Tensor Predict(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells)
    {
        var span = CanvasBlock.Span(block);
        if (!isKept) return reader.Read(canvas, CanvasReader.RowsOf(cells), new Columns(0, span.End), Shifted(cells));
        if (_block != span.Start) return Begin(canvas, span, cells);
        if (_left is null) return reader.Read(canvas, _rows, span, Shifted(cells, span.Start), _cache);

        var atStart = Array.ConvertAll(cells, cell => cell.Position == span.Start);
        CanvasCell[] behind = [.. cells.Where((_, i) => !atStart[i])];
        var read = reader.Read(canvas, _rows, span, Shifted(behind), _cache); // [N - atStart, V]
        var both = cat([read, _left], 0);
        var place = 0;
        var places = cells.Select((cell, i) => (long)(atStart[i] ? behind.Length + Array.BinarySearch(_rows, cell.Row) : place++));
        return both.index_select(0, tensor(places.ToArray(), device: both.device)); // [N, V]
    }

    public void EndBlock(Canvas canvas, CanvasBlock[] block)
    {
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _left?.Dispose();
        (_cache, _left, _block) = (null, null, -1);
    }

    private Tensor Begin(Canvas canvas, Columns span, CanvasCell[] cells)
    {
        KeepRows(canvas, span.Start, cells);
        _cache ??= new KvCache(canvas.Width);
        _cache.Write = CacheWrite.Append;
        var read = new Columns(_cache.Length, span.End);
        var asked = Shifted(cells, read.Start);
        CanvasCell[] left = shifted && span.Start > 0 ? Array.ConvertAll(_rows, row => new CanvasCell(row, span.Start - 1)) : [];
        var logits = reader.Read(canvas, _rows, read, [.. asked, .. left], _cache); // [N + left, V]
        _cache.Trim(span.Start);
        _cache.Write = CacheWrite.Discard;
        _block = span.Start;
        _left?.Dispose();
        _left = left.Length == 0 ? null : logits.narrow(0, asked.Length, left.Length).clone().DetachFromDisposeScope(); // [b, V]
        return logits.narrow(0, 0, asked.Length); // [N, V]
    }

    // Rows without a mask from here on leave for good.
    private void KeepRows(Canvas canvas, int start, CanvasCell[] cells)
    {
        int[] kept = [.. Enumerable.Range(0, canvas.Rows)
            .Where(row => canvas.CountMasks(row, start, Math.Max(start, canvas.EndColumn(row))) > 0 || cells.Any(cell => cell.Row == row))];
        if (_cache is not null && kept.Length < _rows.Length)
        {
            var places = Array.ConvertAll(kept, row => Array.BinarySearch(_rows, row));
            var unconditional = reader.CfgScale > 0 ? Array.ConvertAll(places, place => place + _rows.Length) : [];
            _cache.SelectRows([.. places, .. unconditional]);
        }

        _rows = kept;
    }

    private CanvasCell[] Shifted(CanvasCell[] cells, int first = 0) =>
        shifted ? Array.ConvertAll(cells, cell => cell with { Position = Math.Max(cell.Position - 1, first) }) : cells;
}
