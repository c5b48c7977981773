using Dllm.Layers;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// b rows of a step, Q columns read, N cells asked for, V vocabulary.

/// <summary>
/// Has a denoiser read a part of a canvas, with the guidance and suppression asked for. Call it in a dispose scope and without gradients.
/// </summary>
/// <param name="denoiser">The denoiser.</param>
/// <param name="visibility">Which tokens see which.</param>
/// <param name="device">Where the denoiser computes.</param>
internal sealed class CanvasReader(IDenoiser denoiser, IVisibility visibility, Device device)
{
    public int VocabularySize => denoiser.VocabularySize;

    /// <summary>The denoiser.</summary>
    public IDenoiser Denoiser => denoiser;

    /// <summary>
    /// Whether the model predicts one place to the left. A row's first token, and the first one read, have no place there: they are predicted
    /// at their own.
    /// </summary>
    public bool IsShifted { get; init; }

    /// <summary>Whether a row's first token is predicted by the padding in front of it where there is some, as in the original.</summary>
    public bool PaddingPredicts { get; init; }

    /// <summary>The strength of guidance; 0 for none.</summary>
    public double CfgScale { get; init; }

    /// <summary>Given tokens that the unconditional half of guidance keeps seeing.</summary>
    public IReadOnlyList<int> CfgKeepTokens { get; init; } = [];

    /// <summary>Tokens that are never proposed.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Whether the mask itself is among the tokens that are never proposed.</summary>
    public bool NeverProposesMask { get; init; }

    /// <summary>The rows that cells lie in, ascending, as the cells are.</summary>
    public static int[] RowsOf(CanvasCell[] cells) => [.. cells.Select(cell => cell.Row).Distinct()];

    /// <summary>Logits of the cells asked for: [N, V].</summary>
    /// <param name="canvas">The canvas.</param>
    /// <param name="rows">The rows to read, ascending.</param>
    /// <param name="read">The columns to read.</param>
    /// <param name="cells">The cells, all of them in what is read.</param>
    /// <param name="cache">Keys and values of other columns, of the same rows; null where all that is seen is read.</param>
    public Tensor Read(Canvas canvas, int[] rows, Columns read, CanvasCell[] cells, KvCache? cache = null) =>
        Read(new Reading(this, canvas, rows, read, cells, cache));

    /// <summary>Logits of the cells asked for: [N, V].</summary>
    public Tensor Read(Reading reading) =>
        Finish(reading, Forward(Input(reading), Given(reading), reading.Canvas.MaskTokenId));

    /// <summary>What the denoiser is given for a reading.</summary>
    public DenoiserInput Input(Reading reading)
    {
        var (canvas, rows, read) = (reading.Canvas, reading.Rows, reading.Columns);
        var seen = reading.Cache?.VisibleColumns(read.Count) ?? read.End;
        var positions = Array.ConvertAll(
            reading.Cells, cell => (long)Array.BinarySearch(rows, cell.Row) * read.Count + PredictedAt(reading, cell) - read.Start);
        return new DenoiserInput(
            Ids(canvas, rows, read),
            visibility.Mask(canvas, rows, read, seen)?.to(device),
            visibility.Positions(canvas, rows, read)?.to(device),
            LogitPositions: tensor(positions, device: device),
            Cache: reading.Cache);
    }

    /// <summary>The tokens that guidance hides, [b, Q] bool; null without guidance.</summary>
    public Tensor? Given(Reading reading)
    {
        if (CfgScale == 0) return null;
        var (canvas, rows, read) = (reading.Canvas, reading.Rows, reading.Columns);
        var given = new bool[rows.Length * read.Count];
        for (var i = 0; i < given.Length; i++)
        {
            var (row, position) = (rows[i / read.Count], read.Start + i % read.Count);
            given[i] = canvas.IsGiven(row, position) && !CfgKeepTokens.Contains(canvas.Row(row)[position]);
        }

        return tensor(given).view(rows.Length, read.Count).to(device);
    }

    /// <summary>The forward, guided, without suppression.</summary>
    /// <param name="input">What is read.</param>
    /// <param name="given">What guidance hides; null without it.</param>
    /// <param name="maskTokenId">What guidance hides it with.</param>
    public Tensor Forward(DenoiserInput input, Tensor? given, int maskTokenId) =>
        (given is null ? denoiser : new GuidedDenoiser(denoiser, CfgScale, given, maskTokenId)).Forward(input);

    /// <summary>Makes logits of one place equal to the last bit, and forbids the tokens that are never proposed; in place.</summary>
    /// <param name="reading">What was read.</param>
    /// <param name="logits">[N, V], the caller's own.</param>
    public Tensor Finish(Reading reading, Tensor logits)
    {
        var cells = reading.Cells;
        for (var i = 1; IsShifted && i < cells.Length; i++)
        {
            // Products of many rows round each by its place among them: what is equally sure must not differ by that.
            if (cells[i - 1].Row == cells[i].Row && PredictedAt(reading, cells[i - 1]) == PredictedAt(reading, cells[i])) logits[i].copy_(logits[i - 1]);
        }

        IReadOnlyList<int> suppressed = NeverProposesMask ? [.. SuppressTokens, reading.Canvas.MaskTokenId] : SuppressTokens;
        return suppressed.Count == 0 ? logits : SuppressedDenoiser.Suppress(logits, suppressed);
    }

    private int PredictedAt(Reading reading, CanvasCell cell)
    {
        var left = cell.Position - 1;
        return IsShifted && left >= reading.Columns.Start && (PaddingPredicts || reading.Canvas.IsToken(cell.Row, left)) ? left : cell.Position;
    }

    private Tensor Ids(Canvas canvas, int[] rows, Columns read)
    {
        var ids = new long[rows.Length * read.Count];
        for (var i = 0; i < ids.Length; i++) ids[i] = canvas.Row(rows[i / read.Count])[read.Start + i % read.Count];
        return tensor(ids).view(rows.Length, read.Count).to(device); // [b, Q]
    }
}
