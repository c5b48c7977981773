using Dllm.Diffusion;
using static TorchSharp.torch;

namespace Dllm.Data;

/// <summary>
/// Cuts responses at random so that a model does not learn that answers fill the whole length (Dream's SFT). Follows the original's
/// <c>DreamSFTCollator</c>.
/// </summary>
/// <param name="inner">Pads the cut samples.</param>
public sealed class ResponseCutCollator(ICollator inner) : ICollator
{
    /// <summary>
    /// True (the default) cuts every response to the length of one response of the batch, chosen at random, before padding, so that the same
    /// rows in other batches are cut otherwise; false cuts ends now and then (<see cref="CutRatio"/>).
    /// </summary>
    public bool CutToOneResponse { get; init; } = true;

    /// <summary>
    /// How often a response loses its end, 0…1; default 0. Only where <see cref="CutToOneResponse"/> is false. With a shared generator the end
    /// of the padded batch is cut, as in the original.
    /// </summary>
    public double CutRatio { get; init; }

    /// <summary>Draws from NumPy's legacy generator as the original does; null (the default): from the given noise.</summary>
    public NumpyMersenneTwister? ReferenceRandom { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A sample has no prompt length.</exception>
    public Batch Collate(IReadOnlyList<TokenizedSample> samples, NoiseSource noise)
    {
        var responses = samples.Select(s => s.Length - (s.PromptLength
            ?? throw new ArgumentException("cutting responses needs each sample's prompt length", nameof(samples)))).ToArray();
        if (CutToOneResponse)
        {
            var kept = responses[ChooseRow(responses.Length, noise)];
            return inner.Collate(samples.Zip(responses, (s, length) => Shorten(s, length - kept)).ToArray(), noise);
        }

        return ReferenceRandom is null && noise.Shared is null
            ? inner.Collate(CutRows(samples, responses, noise), noise)
            : CutBatch(inner.Collate(samples, noise), responses.Min(), noise);
    }

    // Where rows have streams of their own, the row with the least number: whatever the order of rows.
    private int ChooseRow(int rows, NoiseSource noise)
    {
        if (ReferenceRandom is not null || noise.Shared is not null) return NextInt(0, rows, noise.Shared);
        using var draws = noise.Uniforms(rows, 1); // [B, 1]
        using var least = draws.argmin();
        return (int)least.item<long>();
    }

    private TokenizedSample[] CutRows(IReadOnlyList<TokenizedSample> samples, int[] responses, NoiseSource noise)
    {
        using var draws = noise.Uniforms(responses.Length, 2); // whether, and how much
        var numbers = draws.data<float>().ToArray();
        return [.. samples.Select((sample, row) => responses[row] > 1 && numbers[2 * row] < CutRatio
            ? Shorten(sample, 1 + (int)(numbers[(2 * row) + 1] * (responses[row] - 1)))
            : sample)];
    }

    private Batch CutBatch(Batch batch, int shortest, NoiseSource noise)
    {
        var generator = noise.Shared;
        if (CutRatio <= 0 || NextDouble(generator) >= CutRatio || shortest <= 1)
        {
            return batch;
        }

        using (batch)
        {
            var columns = batch.Columns - NextInt(1, shortest, generator);
            return batch with
            {
                Ids = FirstColumns(batch.Ids, columns),
                Labels = FirstColumns(batch.Labels, columns),
                AttentionMask = batch.AttentionMask is { } mask ? FirstColumns(mask, columns) : null,
            };
        }
    }

    private static TokenizedSample Shorten(TokenizedSample sample, int surplus) => surplus <= 0
        ? sample
        : sample with { Ids = sample.Ids[..^surplus], Labels = sample.Labels[..^surplus] };

    private static Tensor FirstColumns(Tensor rows, long columns)
    {
        using var view = rows.narrow(1, 0, columns); // [B, columns]
        return view.clone();
    }

    private int NextInt(int low, int high, Generator? generator)
    {
        if (ReferenceRandom is not null)
        {
            return ReferenceRandom.NextInt(low, high);
        }

        using var draw = randint(low, high, [1], dtype: ScalarType.Int64, generator: generator);
        return (int)draw.item<long>();
    }

    private double NextDouble(Generator? generator)
    {
        if (ReferenceRandom is not null)
        {
            return ReferenceRandom.NextDouble();
        }

        using var draw = rand(1, dtype: ScalarType.Float64, generator: generator);
        return draw.item<double>();
    }
}
