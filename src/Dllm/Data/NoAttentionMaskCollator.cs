using Dllm.Diffusion;

namespace Dllm.Data;

/// <summary>
/// Takes the attention mask away, so that padding is visible to the model: with labels padded by the end token this is how the
/// original's SFT teaches a model to end its answers.
/// </summary>
/// <param name="inner">Makes the batch.</param>
public sealed class NoAttentionMaskCollator(ICollator inner) : ICollator
{
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenizedSample> samples, NoiseSource noise)
    {
        var batch = inner.Collate(samples, noise);
        batch.AttentionMask?.Dispose();
        return batch with { AttentionMask = null };
    }
}
