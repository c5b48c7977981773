using static TorchSharp.torch;

namespace Dllm.Diffusion;

/// <summary>What block diffusion (BD3LM, arXiv:2503.09573) lets tokens see while it trains.</summary>
public static class BlockDiffusionMask
{
    /// <summary>
    /// The mask over a noisy copy of a text followed by the clean one: a noisy block sees itself and the clean blocks before it, a clean
    /// block sees itself and the clean blocks before it.
    /// </summary>
    /// <param name="tokens">The tokens of the text (T), at least 1.</param>
    /// <param name="blockSize">The tokens of a block, at least 1; the last block may be shorter.</param>
    /// <returns>[2T, 2T] bool, true where the row's token sees the column's.</returns>
    public static Tensor Training(int tokens, int blockSize)
    {
        using var scope = NewDisposeScope();
        var blocks = arange(tokens, int64).div(blockSize, RoundingMode.floor); // [T]
        var (query, key) = (blocks.unsqueeze(1), blocks.unsqueeze(0));
        var noisy = cat([query.eq(key), query.gt(key)], 1); // [T, 2T]
        var clean = cat([zeros(tokens, tokens, @bool), query.ge(key)], 1); // [T, 2T]
        return cat([noisy, clean], 0).MoveToOuterDisposeScope();
    }
}
