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
/// <param name="shifted">Whether the logits of a token are those at the column to its left; a row's first token has its own.</param>
internal sealed class BlockCausalCache(CanvasReader reader, bool isKept, bool shifted) : ISharedStrategy
{
    /// <summary>Whether a row's first token is predicted by the padding in front of it where there is some, as in the original.</summary>
    public bool PaddingPredicts { get; init; }

    private KvCache? _cache;
    private int[] _rows = []; // the rows it holds, ascending
    private int _block = -1; // the first column of the block that the cache is ready for
    private Func<Tensor?, Tensor> _answer = logits => logits!; // what is done with the logits of the last reading
    private Tensor? _left; // [b, V]: the logits at the column in front of the block, which is not read again

    public CanvasReader Reader => reader;

    public Columns Reads(Canvas canvas, CanvasBlock[] block) => CanvasBlock.Span(block);

    public Tensor Predict(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells) => Predict(Ask(canvas, block, cells));

    private Tensor Predict(Reading reading) => Answer(reading.Cells.Length == 0 ? null : reader.Read(reading));

    public Reading Ask(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells)
    {
        var span = CanvasBlock.Span(block);
        _answer = logits => logits!;
        if (!isKept) return new Reading(reader, canvas, CanvasReader.RowsOf(cells), new Columns(0, span.End), Shifted(canvas, cells));
        if (_block != span.Start) return Begin(canvas, span, cells);
        if (_left is null) return new Reading(reader, canvas, _rows, span, Shifted(canvas, cells, span.Start), _cache);

        var isLeft = Array.ConvertAll(cells, cell => cell.Position == span.Start && HasLeft(canvas, cell));
        _answer = read => Merge(read, cells, isLeft);
        return new Reading(reader, canvas, _rows, span, Shifted(canvas, [.. cells.Where((_, i) => !isLeft[i])], span.Start), _cache);
    }

    public Tensor Answer(Tensor? logits) => _answer(logits);

    public void EndBlock(Canvas canvas, CanvasBlock[] block)
    {
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _left?.Dispose();
        (_cache, _left, _block) = (null, null, -1);
    }

    private Reading Begin(Canvas canvas, Columns span, CanvasCell[] cells)
    {
        KeepRows(canvas, span.Start, cells);
        _cache ??= new KvCache(canvas.Width);
        _cache.Trim(Math.Max(_block, 0)); // a forward that failed may have left something behind
        _cache.Write = CacheWrite.Append;
        var read = new Columns(_cache.Length, span.End);
        var asked = Shifted(canvas, cells, read.Start);
        CanvasCell[] left = shifted && span.Start > 0 ? Array.ConvertAll(_rows, row => new CanvasCell(row, span.Start - 1)) : [];
        _answer = logits => TakeIn(logits!, span.Start, asked.Length);
        return new Reading(reader, canvas, _rows, read, [.. asked, .. left], _cache);
    }

    // What was read in front of the block is kept, what was read of it is not: it is not settled.
    private Tensor TakeIn(Tensor logits, int start, int asked)
    {
        _cache!.Trim(start);
        _cache.Write = CacheWrite.Discard;
        _block = start;
        _left?.Dispose();
        var left = logits.size(0) - asked;
        _left = left == 0 ? null : logits.narrow(0, asked, left).clone().DetachFromDisposeScope(); // [b, V]
        return logits.narrow(0, 0, asked); // [N, V]
    }

    // The predictions of the block's first column are those at the column in front, which were kept: where no other is asked for, nothing
    // is read.
    private Tensor Merge(Tensor? read, CanvasCell[] cells, bool[] isLeft)
    {
        var both = read is null ? _left! : cat([read, _left!], 0); // [N - first + b, V]
        var place = 0;
        var places = cells.Select((cell, i) => isLeft[i] ? (read?.size(0) ?? 0) + Array.BinarySearch(_rows, cell.Row) : place++);
        return both.index_select(0, tensor(places.ToArray(), device: both.device)); // [N, V]
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

    private CanvasCell[] Shifted(Canvas canvas, CanvasCell[] cells, int first = 0) => !shifted ? cells : Array.ConvertAll(
        cells, cell => cell.Position > first && HasLeft(canvas, cell) ? cell with { Position = cell.Position - 1 } : cell);

    private bool HasLeft(Canvas canvas, CanvasCell cell) =>
        cell.Position > (PaddingPredicts ? 0 : canvas.FirstColumn(cell.Row));
}
