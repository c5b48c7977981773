using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// N cells asked for, V vocabulary.

/// <summary>
/// The caches of Fast-dLLM (arXiv:2505.22618): the first prediction of a block reads the whole canvas and keeps keys and values; later
/// ones read the block and what is behind it (prefix) or the block alone (dual). Approximate, since what is kept was computed before the
/// tokens of the block were known; exact where the block is all that the window leaves out nothing of.
/// </summary>
/// <param name="reader">Has the denoiser read; its family must have a cache.</param>
/// <param name="isDual">Whether keys and values behind the block are kept too.</param>
internal sealed class WindowCache(CanvasReader reader, bool isDual) : ICacheStrategy
{
    private KvCache? _cache; // of the current block; null until its first prediction
    private int[] _rows = []; // the rows it holds, ascending

    public Columns Reads(Canvas canvas, CanvasBlock[] block)
    {
        if (_cache is null) return new Columns(0, canvas.Width);
        var window = CanvasBlock.Span(block);
        return isDual ? window : new Columns(window.Start, canvas.Width);
    }

    public Tensor Predict(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells)
    {
        int[] rows = [.. Enumerable.Range(0, canvas.Rows).Where(row => canvas.CountMasks(row, block[row]) > 0)];
        var read = Reads(canvas, block);
        if (_cache is null) return WarmUp(canvas, block, rows, read, cells);
        KeepRows(rows);
        return reader.Read(canvas, rows, read, cells, _cache);
    }

    public void EndBlock(Canvas canvas, CanvasBlock[] block) => Dispose();

    public void Dispose()
    {
        _cache?.Dispose();
        _cache = null;
    }

    private Tensor WarmUp(Canvas canvas, CanvasBlock[] block, int[] rows, Columns all, CanvasCell[] cells)
    {
        (_cache, _rows) = (new KvCache(all.Count), rows);
        var logits = reader.Read(canvas, rows, all, cells, _cache);
        var start = CanvasBlock.Span(block).Start;
        (_cache.Write, _cache.ReplaceStart) = isDual ? (CacheWrite.Replace, start) : (CacheWrite.Discard, 0);
        if (!isDual) _cache.Trim(start);
        return logits;
    }

    // Rows that are done with the block leave; none comes back before the next block.
    private void KeepRows(int[] rows)
    {
        if (rows.Length == _rows.Length) return;
        _cache!.SelectRows(Array.ConvertAll(rows, row => Array.BinarySearch(_rows, row)));
        _rows = rows;
    }
}
