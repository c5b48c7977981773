using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// n readings of one row each, Q columns read, L columns held by their caches, K = L + Q, N cells asked for, V vocabulary.

/// <summary>
/// Forwards that serve the readings of several runs at once, each of one row. What is shorter is padded: what a cache holds in front, what
/// is read behind; nobody sees the padding. A reading that is like no other has a forward of its own, as it would have alone.
/// </summary>
internal sealed class SharedForward : IDisposable
{
    private readonly JoinedCaches _caches = new();

    /// <summary>Reads for a step of all runs. Call it in a dispose scope and without gradients.</summary>
    /// <param name="readings">The readings, of one denoiser.</param>
    /// <returns>By reading, the logits of its cells, [N, V], suppressed as it says.</returns>
    public Tensor[] Read(Reading[] readings)
    {
        var inputs = Array.ConvertAll(readings, reading => reading.Reader.Input(reading));
        var logits = new Tensor[readings.Length];
        foreach (var alike in Enumerable.Range(0, readings.Length).GroupBy(i => ForwardKey.Of(readings[i], inputs[i])))
        {
            int[] members = [.. alike];
            var all = Read(Array.ConvertAll(members, i => readings[i]), Array.ConvertAll(members, i => inputs[i])); // [all N, V]
            var first = 0;
            foreach (var i in members)
            {
                var part = all.narrow(0, first, readings[i].Cells.Length); // [N, V]
                logits[i] = readings[i].Reader.Finish(readings[i], part);
                first += readings[i].Cells.Length;
            }
        }

        _caches.DropUnused();
        return logits;
    }

    /// <summary>Lets go of what is kept for the next step.</summary>
    public void Dispose() => _caches.Dispose();

    private Tensor Read(Reading[] readings, DenoiserInput[] inputs)
    {
        var (reader, mask) = (readings[0].Reader, readings[0].Canvas.MaskTokenId);
        var given = Array.ConvertAll(readings, reading => reading.Reader.Given(reading)); // [1, Q] or null each
        if (readings.Length == 1) return reader.Forward(inputs[0], given[0], mask);

        var columns = readings.Max(reading => reading.Columns.Count); // Q
        var held = readings.Max(reading => reading.Cache?.Length ?? 0); // L
        var joined = readings[0].Cache is null ? null : _caches.Join([.. readings.Select(reading => reading.Cache!)], columns);
        var input = new DenoiserInput(
            cat([.. inputs.Select(one => Wide(one.Ids, columns))], 0), // [n, Q]
            Mask(inputs, columns, held),
            inputs[0].PositionIds is null ? null : cat([.. inputs.Select(one => Wide(one.PositionIds!, columns))], 0), // [n, Q]
            cat([.. inputs.Select((one, i) => one.LogitPositions! + (long)i * columns)], 0), // [N]
            Cache: joined);
        var hidden = given[0] is null ? null : cat([.. given.Select(one => Wide(one!, columns))], 0); // [n, Q]
        var logits = reader.Forward(input, hidden, mask);
        if (joined is not null) _caches.HandOut(joined, readings);
        return logits;
    }

    /// <summary>[n, Q] or [n, 1, Q, K]; null where all is seen.</summary>
    private static Tensor? Mask(DenoiserInput[] inputs, int columns, int held)
    {
        if (inputs.All(one => one.AttentionMask is null && one.Ids.size(1) == columns)) return null;
        return cat([.. inputs.Select(one => one.AttentionMask?.dim() == 4
            ? Square(one.AttentionMask, columns, held)
            : Wide(one.AttentionMask ?? ones_like(one.Ids, ScalarType.Bool), columns))], 0);
    }

    /// <summary>What a row sees, [1, 1, own Q, own K], among the columns of all: [1, 1, Q, K].</summary>
    private static Tensor Square(Tensor mask, int columns, int held)
    {
        var (read, own) = (mask.size(2), mask.size(3) - mask.size(2)); // own Q, own L
        var square = zeros([1, 1, columns, held + columns], ScalarType.Bool, mask.device);
        square.narrow(2, 0, read).narrow(3, held - own, own + read).copy_(mask);
        return square;
    }

    /// <summary>A row, padded behind: [1, own Q] → [1, Q].</summary>
    private static Tensor Wide(Tensor row, int columns)
    {
        if (row.size(1) == columns) return row;
        var wide = zeros([1, columns], row.dtype, row.device);
        wide.narrow(1, 0, row.size(1)).copy_(row);
        return wide;
    }
}
