using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

// W columns up to the block's end, S a block's size, V vocabulary; one row.

/// <summary>
/// The loop of the original's LLaDA2 sampler for one prompt at temperature 0, operation by operation in eager TorchSharp: every step
/// computes all columns up to the block's end, the logits and softmax of all of them or of the block. The baseline of the cache's benchmark.
/// </summary>
internal static class LiteralLlada2Loop
{
    /// <summary>The tokens written, and the forwards that it took.</summary>
    public static (int[] Tokens, int Forwards) Run(
        IDenoiser denoiser, int[] prompt, int newTokens, int maskId, int blockSize, int stepsPerBlock, double threshold)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        int blocks = (prompt.Length + newTokens + blockSize - 1) / blockSize;
        var x = full([1, blocks * blockSize], maskId, int64);
        x.narrow(1, 0, prompt.Length).copy_(tensor(prompt.Select(id => (long)id).ToArray()).unsqueeze(0));
        var block = arange(blocks * blockSize).div(blockSize, RoundingMode.floor);
        var visible = block.unsqueeze(0).le(block.unsqueeze(1)).unsqueeze(0).unsqueeze(0); // [1, 1, T, T]
        int forwards = 0;
        for (int number = prompt.Length / blockSize; number < blocks; number++)
        {
            int width = (number + 1) * blockSize;
            var mask = visible[.., .., ..width, ..width];
            var positions = arange(width).unsqueeze(0); // [1, W]
            for (int step = 0; step < stepsPerBlock; step++)
            {
                using var inner = NewDisposeScope();
                var current = x.narrow(1, width - blockSize, blockSize); // [1, S]
                var masked = current.eq(maskId);
                if (!masked.any().ToBoolean()) break;
                var logits = denoiser.Forward(new DenoiserInput(x.narrow(1, 0, width), mask, positions)); // [1, W, V]
                forwards++;
                var probabilities = logits.narrow(1, width - blockSize, blockSize).softmax(-1); // [1, S, V]
                var tokens = probabilities.argmax(-1);
                var confidence = probabilities.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
                    .masked_fill(masked.logical_not(), float.NegativeInfinity); // [1, S]
                int quota = (blockSize / stepsPerBlock) + (step < blockSize % stepsPerBlock ? 1 : 0);
                var sure = confidence.gt(threshold);
                if (sure.sum().ToInt64() < quota)
                {
                    var (_, best) = confidence.topk(Math.Min(quota, (int)masked.sum().ToInt64()), -1);
                    sure = zeros_like(masked).scatter(1, best, ones_like(masked)[.., ..(int)best.size(1)]);
                }

                current.copy_(where(sure, tokens, current));
            }
        }

        return ([.. x[0].data<long>().ToArray().Skip(prompt.Length).Take(newTokens).Select(id => (int)id)], forwards);
    }
}
