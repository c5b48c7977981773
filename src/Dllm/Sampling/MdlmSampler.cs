using Dllm.Diffusion;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of masked diffusion (MDLM, LLaDA): block by block, each step proposes a token for every mask of the block, commits as
/// many as the noise schedule says (the most confident, or random ones) and leaves the others masked. Follows the original's
/// <c>MDLMSampler.sample</c> and <c>infill</c>, which are one loop here, on completion and infilling canvases.
/// </summary>
/// <remarks>
/// Equal to the original at temperature 0 in float32, and always with <see cref="SamplerOptions.ReferenceRng"/>; but logits are
/// computed only where a token can be committed, rows with nothing to commit are left out of a step's batch, and one read-back a
/// step brings tokens and confidences to the host. An instance keeps no state between calls.
/// </remarks>
public sealed class MdlmSampler : ISampler, ISamplingMethod
{
    private readonly SampledModel _model;
    private readonly MdlmSamplerOptions _options;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public MdlmSampler(IDenoiser denoiser, MdlmSamplerOptions options, int? contextLength = null, Device? device = null)
    {
        (_model, _options) = (SampledModel.For(options, denoiser, contextLength, device), options);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public MdlmSampler(Denoiser denoiser, MdlmSamplerOptions options)
        : this(denoiser, options, denoiser.MaxPositions, denoiser.Device)
    {
    }

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default) =>
        SamplingRun.Of(this, canvas, cancellation);

    long? ISamplingMethod.Seed => _options.Seed;

    void ISamplingMethod.Check(Canvas canvas)
    {
        _model.Check(canvas);
        _options.BlockSizeFor(canvas);
        _options.RequireTokenLeft(canvas.MaskTokenId, _model.VocabularySize);
    }

    DenoisingLoop ISamplingMethod.Over(Canvas canvas, Generator generator)
    {
        var blockSize = _options.BlockSizeFor(canvas);
        var blocks = (canvas.Span + blockSize - 1) / blockSize;
        var schedule = new TransferSchedule(_options.Noise, (_options.Steps + blocks - 1) / blocks);
        return new DenoisingLoop(
            new FullRecompute(Reader()), TokenChoices.Gumbel(_options.Temperature, _options.ReferenceRng, generator), Policy())
        {
            VocabularySize = _model.VocabularySize,
            TellsTiesByBatch = _options.AsOriginal,
            Blocks = new BlockSequence(blocks, (canvas, block) => canvas.BlockOfEachRow(block, blockSize))
            {
                Plan = masks => _options.EntropyBound is not null ? []
                    : _options.StochasticTransfer ? schedule.Stochastic(masks, generator) : schedule.Deterministic(masks),
                ExpectedPlan = schedule.Deterministic,
                AddThreshold = _options.BlockAddThreshold,
                Refills = _options.RemaskShare > 0,
            },
            Confidence = _options.EntropyBound is not null ? new InversePerplexity()
                : _options.Remasking == Remasking.Random ? null : new TokenProbability(_options.BeginSuppressTokens),
            DrawScores = cells => rand(cells, float32, generator: generator).data<float>().ToArray(),
            DrawsScoresForCandidatesOnly = !_options.ReferenceRng,
            RowsGoOn = _options.EntropyBound is not null && !_options.ReferenceRng,
            Remasking = LowConfidenceRemasking.Of(_options.RemaskShare),
            FillsRemainder = !_options.AsOriginal,
            End = _options.EosEarlyStop ? EndOfText.ByRow(_options.EndTokenIds, _options.EndPieces) : EndOfText.Never,
        };
    }

    /// <summary>Reads with the shift, guidance and suppression of the options.</summary>
    internal CanvasReader Reader() => new(
        _model.Denoiser, new PaddingVisibility(isAlwaysTold: _model.Denoiser.NeedsWholeMasks), _model.Device)
    {
        IsShifted = _options.RightShiftLogits,
        CfgScale = _options.CfgScale,
        CfgKeepTokens = _options.CfgKeepTokens,
        SuppressTokens = _options.SuppressTokens,
    };

    private IUnmaskingPolicy Policy() =>
        _options.EntropyBound is double bound ? new EntropyBoundPolicy(bound)
        : new ScheduledPolicy();
}
