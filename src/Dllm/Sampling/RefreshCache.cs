using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// N cells asked for, V vocabulary.

/// <summary>
/// Keys and values of all columns, kept from step to step and from block to block: a step reads the columns being filled, and at intervals
/// everything behind the prompts, or everything (after dLLM-Cache, arXiv:2506.06295, which besides chooses single tokens to compute anew).
/// Approximate; with a prompt interval of 1 exact.
/// </summary>
/// <param name="reader">Has the denoiser read; its family must have a cache.</param>
/// <param name="promptInterval">After how many steps everything is read, at least 1.</param>
/// <param name="responseInterval">After how many steps everything behind the prompts is read, at least 1.</param>
internal sealed class RefreshCache(CanvasReader reader, int promptInterval, int responseInterval) : ICacheStrategy
{
    private KvCache? _cache; // null until the first prediction
    private int[] _rows = []; // the rows it holds, ascending
    private int _steps;
    private int _response; // the first column that is not given in every row

    public Columns Reads(Canvas canvas, CanvasBlock[] block)
    {
        if (_cache is null || _steps % promptInterval == 0) return new Columns(0, canvas.Width);
        return _steps % responseInterval == 0 ? new Columns(_response, canvas.Width) : CanvasBlock.Span(block);
    }

    public Tensor Predict(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells)
    {
        int[] rows = [.. Enumerable.Range(0, canvas.Rows).Where(row => canvas.CountMasks(row, canvas.FirstColumn(row), canvas.EndColumn(row)) > 0)];
        var read = Reads(canvas, block);
        _steps++;
        if (read.Start == 0 && read.End == canvas.Width) return ReadAll(canvas, rows, read, cells);
        KeepRows(rows);
        _cache!.ReplaceStart = read.Start;
        return reader.Read(canvas, rows, read, cells, _cache);
    }

    public void EndBlock(Canvas canvas, CanvasBlock[] block)
    {
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _cache = null;
    }

    private Tensor ReadAll(Canvas canvas, int[] rows, Columns all, CanvasCell[] cells)
    {
        Dispose();
        (_cache, _rows) = (new KvCache(all.Count), rows);
        _response = Enumerable.Range(0, canvas.Width).FirstOrDefault(column => rows.Any(row => canvas.IsToken(row, column) && !canvas.IsGiven(row, column)));
        var logits = reader.Read(canvas, rows, all, cells, _cache);
        _cache.Write = CacheWrite.Replace;
        return logits;
    }

    // Rows without a mask leave for good.
    private void KeepRows(int[] rows)
    {
        if (rows.Length == _rows.Length) return;
        _cache!.SelectRows(Array.ConvertAll(rows, row => Array.BinarySearch(_rows, row)));
        _rows = rows;
    }
}
