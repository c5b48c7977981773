using Dllm.Diffusion;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of block diffusion (BD3LM, arXiv:2503.09573): a block of masks at a time is denoised as MDLM does, and sees the prompt and
/// the blocks before it, but nothing behind. Follows the original's <c>BD3LMSampler</c>, for infilling too. Works on canvases of
/// <see cref="Bd3lmOptions.Layout"/>: blocks are columns of the canvas, padding stands in front of shorter prompts and is not seen.
/// </summary>
/// <remarks>
/// Finished blocks are read once: the cache is exact, and a step reads the current block only. As in the original, a padding token that
/// is written counts as padding in later blocks; one that is given, in a prompt, does so only with <see cref="SamplerOptions.AsOriginal"/>.
/// For decoders, which take a mask of blocks. An instance keeps no state between calls.
/// </remarks>
public sealed class Bd3lmSampler : ISampler, ISamplingMethod
{
    private readonly SampledModel _model;
    private readonly Bd3lmOptions _options;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public Bd3lmSampler(IDenoiser denoiser, Bd3lmOptions options, int? contextLength = null, Device? device = null)
    {
        (_model, _options) = (SampledModel.For(options, denoiser, contextLength, device), options);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range, or the model takes no mask of blocks.</exception>
    public Bd3lmSampler(Denoiser denoiser, Bd3lmOptions options)
        : this(denoiser, options, denoiser.MaxPositions, denoiser.Device) => BlockModels.Require(denoiser);

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default) =>
        SamplingRun.Of(this, canvas, cancellation);

    long? ISamplingMethod.Seed => _options.Seed;

    void ISamplingMethod.Check(Canvas canvas) => _model.Check(canvas);

    DenoisingLoop ISamplingMethod.Over(Canvas canvas, Generator generator)
    {
        var visibility = new BlockVisibility(_options.Block, hidesWrittenPadding: true, hidesGivenPadding: _options.AsOriginal);
        var reader = new CanvasReader(_model.Denoiser, visibility, _model.Device)
        {
            CfgScale = _options.CfgScale,
            CfgKeepTokens = _options.CfgKeepTokens,
        };
        var (first, blocks) = canvas.ColumnBlocks(_options.Block);
        var schedule = new TransferSchedule(
            _options.Noise, _options.StepsPerBlock ?? (_options.Steps + Math.Max(blocks, 1) - 1) / Math.Max(blocks, 1));
        IUnmaskingPolicy policy = _options.EntropyBound is double bound ? new EntropyBoundPolicy(bound) : new ScheduledPolicy();
        return new DenoisingLoop(
            new BlockCausalCache(reader, _options.UseCache, _options.RightShiftLogits) { PaddingPredicts = _options.AsOriginal },
            TokenChoices.Gumbel(_options.Temperature, _options.ReferenceRng, generator),
            _options.AsOriginal ? policy : new UntilFilledPolicy(policy))
        {
            VocabularySize = _model.VocabularySize,
            TellsTiesByBatch = _options.AsOriginal,
            Blocks = new BlockSequence(blocks, (canvas, block) => canvas.ColumnBlock(first + block, _options.Block))
            {
                Refills = _options.RemaskShare > 0,
                AddThreshold = _options.BlockAddThreshold,
                Plan = masks => _options.EntropyBound is not null ? []
                    : _options.StochasticTransfer ? schedule.Stochastic(masks, generator) : schedule.Deterministic(masks),
                ExpectedPlan = schedule.Deterministic,
            },
            Region = DrawRegion.Block,
            Remasking = LowConfidenceRemasking.Of(_options.RemaskShare),
            Confidence = _options.EntropyBound is not null ? new InversePerplexity()
                : _options.Remasking == Remasking.Random ? null : new TokenProbability([]),
            DrawScores = cells => rand(cells, float32, generator: generator).data<float>().ToArray(),
            DrawsScoresForCandidatesOnly = !_options.ReferenceRng,
            End = _options.AsOriginal ? EndOfText.ForAllAfterBlock(_options.EndTokenIds) : EndOfText.ByRow(_options.EndTokenIds, _options.EndPieces),
        };
    }
}
