using Dllm.Diffusion;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// What the options of masked diffusion make of a denoiser and a canvas: shared by <see cref="MdlmSampler"/> and
/// <see cref="DenoisingBatch"/>, so that a request is written the same by both.
/// </summary>
internal static class MdlmLoop
{
    /// <summary>Checks that a canvas can be sampled; returns its block size.</summary>
    /// <exception cref="DllmException">The canvas is too wide, holds unknown tokens, or is smaller than a block.</exception>
    public static int BlockSizeOn(Canvas canvas, MdlmSamplerOptions options, int vocabularySize, int? contextLength)
    {
        canvas.RequireRoom(contextLength);
        canvas.RequireKnownTokens(vocabularySize);
        return options.BlockSizeFor(canvas.Span);
    }

    /// <summary>Has a denoiser read with the shift, guidance and suppression of the options.</summary>
    public static CanvasReader Reader(IDenoiser denoiser, MdlmSamplerOptions options, Device device) =>
        new(options.RightShiftLogits ? new RightShiftedDenoiser(denoiser) : denoiser, new PaddingVisibility(), device)
        {
            CfgScale = options.CfgScale,
            CfgKeepTokens = options.CfgKeepTokens,
            SuppressTokens = options.SuppressTokens,
        };

    /// <summary>The source of all draws of a run.</summary>
    public static Generator Generator(MdlmSamplerOptions options) => new((ulong)(options.Seed ?? 0), CPU);

    /// <summary>The loop that fills a canvas.</summary>
    public static DenoisingLoop Create(
        CanvasReader reader, Canvas canvas, MdlmSamplerOptions options, int blockSize, Generator generator)
    {
        var choice = TokenChoices.Gumbel(options.Temperature, options.ReferenceRng, generator);
        var blocks = (canvas.Span + blockSize - 1) / blockSize;
        var schedule = new TransferSchedule(options.Noise, (options.Steps + blocks - 1) / blocks);
        return new DenoisingLoop(new FullRecompute(reader), choice, Policy(options))
        {
            VocabularySize = reader.VocabularySize,
            Blocks = new BlockSequence(blocks, (canvas, block) => canvas.BlockOfEachRow(block, blockSize))
            {
                Plan = masks => options.EntropyBound is not null ? [] : options.StochasticTransfer ? schedule.Stochastic(masks, generator) : schedule.Deterministic(masks),
                ExpectedPlan = schedule.Deterministic,
                AddThreshold = options.BlockAddThreshold,
            },
            Confidence = options.EntropyBound is not null ? new InversePerplexity()
                : options.Remasking == Remasking.Random ? null : new TokenProbability(options.BeginSuppressTokens),
            DrawScores = cells => rand(cells, float32, generator: generator).data<float>().ToArray(),
            DrawsScoresForCandidatesOnly = !options.ReferenceRng,
            Remasking = options.RemaskShare > 0 ? new LowConfidenceRemasking(options.RemaskShare) : null,
            End = options.EosEarlyStop ? EndOfText.ByRow(options.EndTokenIds) : EndOfText.Never,
        };
    }

    private static IUnmaskingPolicy Policy(MdlmSamplerOptions options) =>
        options.EntropyBound is double bound ? new EntropyBoundPolicy(bound)
        : options.RemaskShare > 0 ? new RefillPolicy()
        : new ScheduledPolicy();
}
