using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>The parts of <see cref="DenoisingLoop"/> that LLaDA2 and LLaDA2.1 share: blocks of columns, an exact cache, filtered draws.</summary>
internal sealed record BlockCausalLoop
{
    /// <summary>Predicts tokens.</summary>
    public required IDenoiser Denoiser { get; init; }

    /// <summary>Where it computes.</summary>
    public required Device Device { get; init; }

    /// <summary>The columns of a block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Whether keys and values are kept.</summary>
    public required bool UseCache { get; init; }

    /// <summary>The temperature; 0 takes the most probable token, without a filter.</summary>
    public required double Temperature { get; init; }

    /// <summary>The most probable tokens that are kept; null for all.</summary>
    public required int? TopK { get; init; }

    /// <summary>The share of probability that is kept; null for all.</summary>
    public required double? TopP { get; init; }

    /// <summary>Whether draws are made in the original's order.</summary>
    public required bool ReferenceRng { get; init; }

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
        var reader = new CanvasReader(Denoiser, new BlockVisibility(BlockSize, paddingById: false), Device);
        var (first, blocks) = canvas.ColumnBlocks(BlockSize);
        return new DenoisingLoop(
            new BlockCausalCache(reader, UseCache, shifted: false),
            TokenChoices.Multinomial(Temperature == 0, ReferenceRng, generator),
            policy)
        {
            VocabularySize = Denoiser.VocabularySize,
            Blocks = new BlockSequence(blocks, (canvas, block) => canvas.ColumnBlock(first + block, BlockSize))
            {
                Plan = plan,
                ExpectedPlan = edits ? null : plan,
            },
            Filter = Temperature == 0 ? null : new LogitFilter { Temperature = Temperature, TopK = TopK, TopP = TopP < 1 ? TopP : null },
            Region = DrawRegion.Block,
            Confidence = new TokenProbability([]),
            Edits = edits,
            End = end,
        };
    }
}
