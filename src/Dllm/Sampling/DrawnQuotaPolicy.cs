using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// Draws which proposals to commit, as many as another policy's quota: the surer, the more probable, by softmax(confidence /
/// temperature), without replacement (Dream's <c>alg_temp</c>).
/// </summary>
/// <remarks>
/// The draw is a race, as in torch's <c>multinomial</c>, run in logarithms: no temperature is so small that chances vanish and cells
/// without a proposal are drawn, as may happen in the original.
/// </remarks>
/// <param name="inner">Tells when a row is done, and how many proposals to commit.</param>
/// <param name="temperature">Above 0.</param>
/// <param name="generator">Where the numbers come from.</param>
/// <param name="drawsForRegion">Whether a number is drawn for every column of the region, as the original does.</param>
internal sealed class DrawnQuotaPolicy(IUnmaskingPolicy inner, double temperature, Generator generator, bool drawsForRegion) : IUnmaskingPolicy
{
    public bool IsDone(RowProgress row) => inner.IsDone(row);

    public bool IsIdle(RowProgress row) => inner.IsIdle(row);

    public int[] Choose(RowProposals row)
    {
        var count = inner.Choose(row).Length;
        if (count == 0) return [];
        using var numbers = ExponentialNoise.Draw([drawsForRegion ? row.Region.Count : row.Cells.Length], generator);
        var exponentials = numbers.data<float>().ToArray();
        var keys = row.Confidences.Select((confidence, i) =>
            confidence / temperature - Math.Log(exponentials[drawsForRegion ? row.Cells[i].Position - row.Region.Start : i])).ToArray();
        return [.. Enumerable.Range(0, keys.Length).OrderByDescending(i => keys[i]).Take(count).Order()];
    }
}
