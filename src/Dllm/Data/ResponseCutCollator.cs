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
    /// True (the default) cuts every response to the length of one response of the batch, chosen at random, before padding; false cuts
    /// the padded batch's end now and then (<see cref="BatchCutRatio"/>).
    /// </summary>
    public bool CutToOneResponse { get; init; } = true;

    /// <summary>How often the padded batch is cut, 0…1; default 0. Only where <see cref="CutToOneResponse"/> is false.</summary>
    public double BatchCutRatio { get; init; }

    /// <summary>Draws from NumPy's legacy generator as the original does; null (the default): from the given torch generator.</summary>
    public NumpyMersenneTwister? ReferenceRandom { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A sample has no prompt length.</exception>
    public Batch Collate(IReadOnlyList<TokenizedSample> samples, Generator generator)
    {
        var responses = samples.Select(s => s.Length - (s.PromptLength
            ?? throw new ArgumentException("cutting responses needs each sample's prompt length", nameof(samples)))).ToArray();
        if (CutToOneResponse)
        {
            var kept = responses[NextInt(0, responses.Length, generator)];
            return inner.Collate(samples.Zip(responses, (s, length) => Shorten(s, length - kept)).ToArray(), generator);
        }

        var batch = inner.Collate(samples, generator);
        var shortest = responses.Min();
        if (BatchCutRatio <= 0 || NextDouble(generator) >= BatchCutRatio || shortest <= 1)
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

    private int NextInt(int low, int high, Generator generator)
    {
        if (ReferenceRandom is not null)
        {
            return ReferenceRandom.NextInt(low, high);
        }

        using var draw = randint(low, high, [1], dtype: ScalarType.Int64, generator: generator);
        return (int)draw.item<long>();
    }

    private double NextDouble(Generator generator)
    {
        if (ReferenceRandom is not null)
        {
            return ReferenceRandom.NextDouble();
        }

        using var draw = rand(1, dtype: ScalarType.Float64, generator: generator);
        return draw.item<double>();
    }
}
