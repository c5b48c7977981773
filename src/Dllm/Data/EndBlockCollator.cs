using Dllm.Diffusion;

namespace Dllm.Data;

/// <summary>
/// Fills each sample up with end tokens, which are learnt, to a multiple of the block length before it is padded: block
/// diffusion (BD3LM) denoises whole blocks, and the last one must end the text.
/// </summary>
/// <param name="inner">Makes the batch of the filled samples.</param>
/// <param name="endId">The end token's id.</param>
/// <param name="blockLength">Tokens a block, 1 or more; default 32.</param>
public sealed class EndBlockCollator(ICollator inner, int endId, int blockLength = 32) : ICollator
{
    private readonly int _blockLength = blockLength >= 1
        ? blockLength
        : throw new DllmException($"block length {blockLength} is below 1");

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenizedSample> samples, NoiseSource noise)
        => inner.Collate(samples.Select(Fill).ToArray(), noise);

    private TokenizedSample Fill(TokenizedSample sample)
    {
        var missing = (_blockLength - (sample.Length % _blockLength)) % _blockLength;
        var ends = Enumerable.Repeat(endId, missing).ToArray();
        return missing == 0 ? sample : sample with { Ids = [.. sample.Ids, .. ends], Labels = [.. sample.Labels, .. ends] };
    }
}
