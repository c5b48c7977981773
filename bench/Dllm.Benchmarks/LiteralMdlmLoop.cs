using Dllm.Diffusion;
using Dllm.Models;
using Dllm.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

// B batch, T columns, V vocabulary.

/// <summary>
/// The original's sampling loop, operation by operation in eager TorchSharp: logits, softmax and noise of every position and token.
/// It is the baseline of the sampler's benchmark and the oracle of its tests; the library does not use it.
/// </summary>
public static class LiteralMdlmLoop
{
    /// <summary>Fills the masks of a canvas; returns the canvas after each step, [B, T] int64, the first included.</summary>
    public static List<Tensor> Run(
        IDenoiser denoiser, Canvas canvas, bool infill, int blockSize, MdlmSamplerOptions options, bool keepHistory)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)(options.Seed ?? 0), CPU);
        var (rows, width) = (canvas.Rows, canvas.Width);
        var ids = Enumerable.Range(0, rows).SelectMany(row => canvas.Row(row).ToArray()).Select(id => (long)id).ToArray();
        var x = tensor(ids, rows, width);
        var lengths = Enumerable.Range(0, rows).Select(canvas.Length).ToArray();
        var prompts = lengths.Select(length => infill ? 0 : length - canvas.Span).ToArray();
        var attention = stack(lengths.Select(length => arange(width).lt(length).to(int64)), 0); // [B, T]
        var given = x.ne(canvas.MaskTokenId).logical_and(attention.to(@bool));
        foreach (var token in options.CfgKeepTokens) given = given.logical_and(x.ne(token));

        var blocks = (canvas.Span + blockSize - 1) / blockSize;
        var schedule = new TransferSchedule(options.Noise, (options.Steps + blocks - 1) / blocks);
        var history = new List<Tensor> { x.clone() };
        for (var block = 0; block < blocks; block++)
        {
            var starts = prompts.Select((prompt, row) => Math.Min(prompt + block * blockSize, lengths[row])).ToArray();
            var ends = starts.Select((start, row) => Math.Min(start + blockSize, lengths[row])).ToArray();
            var plans = starts.Select((start, row) =>
            {
                var masks = (int)x[row].narrow(0, start, ends[row] - start).eq(canvas.MaskTokenId).sum().ToInt64();
                return options.StochasticTransfer ? schedule.Stochastic(masks, generator) : schedule.Deterministic(masks);
            }).ToArray();
            for (var step = 0; step < plans.Max(plan => plan.Length); step++)
            {
                using var inner = NewDisposeScope();
                Step(denoiser, x, attention, given, canvas.MaskTokenId, options, generator, infill ? starts : null, ends,
                    [.. plans.Select(plan => step < plan.Length ? plan[step] : 0)]);
                if (keepHistory) history.Add(x.clone().DetachFromDisposeScope());
            }
        }

        if (!keepHistory) history.Add(x.clone());
        return [.. history.Select(canvasAtStep => canvasAtStep.MoveToOuterDisposeScope())];
    }

    private static void Step(
        IDenoiser denoiser, Tensor x, Tensor attention, Tensor given, int maskId, MdlmSamplerOptions options, Generator generator,
        int[]? starts, int[] ends, int[] quotas)
    {
        var masked = x.eq(maskId); // [B, T]
        Tensor logits; // [B, T, V]
        if (options.CfgScale > 0)
        {
            var unconditional = where(given, full_like(x, maskId), x);
            var both = denoiser.Forward(new DenoiserInput(cat([x, unconditional], 0), attention.repeat(2, 1))).chunk(2, 0);
            logits = both[1] + (options.CfgScale + 1) * (both[0] - both[1]);
        }
        else
        {
            logits = denoiser.Forward(new DenoiserInput(x, attention));
        }

        foreach (var token in options.SuppressTokens) logits[.., .., token] = float.NegativeInfinity;
        if (options.RightShiftLogits) logits = cat([logits.narrow(1, 0, 1), logits.narrow(1, 0, logits.size(1) - 1)], 1);

        var noised = logits;
        if (options.Temperature > 0)
        {
            var wide = logits.to(float64);
            var uniform = rand(wide.shape, float64, generator: generator);
            noised = wide.exp() / (-uniform.log()).pow(options.Temperature);
        }

        var proposals = noised.argmax(-1); // [B, T]
        foreach (var token in options.BeginSuppressTokens) logits[.., .., token] = float.NegativeInfinity;
        var confidence = options.Remasking == Remasking.Random
            ? rand(x.shape, float32, generator: generator)
            : logits.softmax(-1).gather(-1, proposals.unsqueeze(-1)).squeeze(-1); // [B, T]
        for (var row = 0; row < quotas.Length; row++)
        {
            if (starts is not null) confidence[row, ..starts[row]] = float.NegativeInfinity;
            confidence[row, ends[row]..] = float.NegativeInfinity;
        }

        proposals = where(masked, proposals, x);
        confidence = where(masked, confidence, full_like(confidence, float.NegativeInfinity));
        var transfer = zeros_like(masked);
        for (var row = 0; row < quotas.Length; row++)
        {
            if (quotas[row] == 0) continue;
            var (_, best) = confidence[row].topk(quotas[row]);
            transfer[row].index_fill_(0, best, true);
        }

        x.copy_(where(transfer, proposals, x));
    }
}
