using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The parts of <see cref="DenoisingLoop"/> that LLaDA2 and LLaDA2.1 share: blocks of columns, an exact cache, filtered draws.
/// </summary>
/// <param name="model">Predicts tokens.</param>
/// <param name="options">What both samplers' options say.</param>
internal sealed class BlockCausalLoop(SampledModel model, BlockCausalOptions options)
{
    /// <summary>The share of what earlier steps wrote in a block that each step masks again.</summary>
    public double RemaskShare { get; init; }

    /// <summary>The share of a block from which on the next one is begun; null: when it is done.</summary>
    public double? AddThreshold { get; init; }

    /// <summary>Makes the loop over a canvas.</summary>
    /// <param name="canvas">The canvas.</param>
    /// <param name="policy">What is committed.</param>
    /// <param name="plan">The plan of a row, from its masks in a block.</param>
    /// <param name="edits">Whether committed tokens are proposed for again.</param>
    /// <param name="end">When rows stop.</param>
    /// <param name="generator">The source of all draws.</param>
    public DenoisingLoop Over(
        Canvas canvas, IUnmaskingPolicy policy, Func<int, int[]> plan, bool edits, EndOfText end, Generator generator)
    {
        var reader = new CanvasReader(model.Denoiser, new BlockVisibility(options.Block), model.Device);
        var (first, blocks) = canvas.ColumnBlocks(options.Block);
        return new DenoisingLoop(
            new BlockCausalCache(reader, options.UseCache, shifted: false),
            TokenChoices.Multinomial(options.Temperature == 0, options.ReferenceRng, generator),
            policy)
        {
            VocabularySize = model.VocabularySize,
            TellsTiesByBatch = options.AsOriginal,
            Blocks = new BlockSequence(blocks, (canvas, block) => canvas.ColumnBlock(first + block, options.Block))
            {
                AddThreshold = AddThreshold,
                Refills = RemaskShare > 0,
                Plan = plan,
                ExpectedPlan = edits ? null : plan,
            },
            Filter = options.Temperature == 0 ? null
                : new LogitFilter { Temperature = options.Temperature, TopK = options.TopK, TopP = options.TopP < 1 ? options.TopP : null },
            Region = DrawRegion.Block,
            Remasking = LowConfidenceRemasking.Of(RemaskShare),
            Confidence = new TokenProbability([]),
            Edits = edits,
            StallsAllowed = options.AsOriginal ? DenoisingLoop.AsOriginal : 0,
            End = end,
        };
    }
}
