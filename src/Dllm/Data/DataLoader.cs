using Dllm.Diffusion;

namespace Dllm.Data;

/// <summary>Turns row numbers, as an <see cref="EpochSchedule"/> gives them, into batches.</summary>
/// <param name="samples">The data set.</param>
/// <param name="collator">How samples become a batch.</param>
public sealed class DataLoader(IReadOnlyList<TokenizedSample> samples, ICollator collator)
{
    /// <summary>The data set.</summary>
    public IReadOnlyList<TokenizedSample> Samples { get; } = samples;

    /// <summary>Makes the batch of the rows <paramref name="indices"/>, which it remembers in <see cref="Batch.SampleIndices"/>.</summary>
    /// <param name="indices">At least one row number.</param>
    /// <param name="noise">For collators that draw.</param>
    /// <returns>A batch that the caller disposes.</returns>
    public Batch Load(IReadOnlyList<int> indices, NoiseSource noise)
        => collator.Collate(indices.Select(i => Samples[i]).ToArray(), noise) with { SampleIndices = indices };
}
