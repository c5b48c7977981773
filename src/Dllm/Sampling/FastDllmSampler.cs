using Dllm.Diffusion;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of Fast-dLLM (arXiv:2505.22618): block by block as MDLM, but several tokens a step where the model is sure, and with
/// keys and values of earlier steps in place of what is not computed anew. Follows the original's <c>FastdLLMLLaDASampler</c>, for
/// infilling and for batches of unequal prompts with a cache too. Works on canvases of <see cref="FastDllmOptions.Layout"/>.
/// </summary>
/// <remarks>
/// Only masks of the current block compete. No mask is left in the text, and every run ends, also where the original runs out of its
/// plan. For models of every family without a cache, and with one for those whose denoisers have one. An instance keeps no state.
/// </remarks>
public sealed class FastDllmSampler : ISampler, ISamplingMethod
{
    private readonly SampledModel _model;
    private readonly FastDllmOptions _options;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public FastDllmSampler(IDenoiser denoiser, FastDllmOptions options, int? contextLength = null, Device? device = null)
    {
        (_model, _options) = (SampledModel.For(options, denoiser, contextLength, device), options);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public FastDllmSampler(Denoiser denoiser, FastDllmOptions options)
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
        var reader = new CanvasReader(
            _model.Denoiser,
            new PaddingVisibility(
                countsFromFirstToken: true, isAlwaysTold: _model.Denoiser.NeedsWholeMasks, firstPosition: _model.Denoiser.FirstPosition),
            _model.Device)
        {
            IsShifted = _options.RightShiftLogits,
            SuppressTokens = _options.SuppressTokens,
            NeverProposesMask = !_options.AsOriginal,
        };
        var blockSize = _options.BlockSizeFor(canvas);
        var blocks = (canvas.Span + blockSize - 1) / blockSize;
        var schedule = new TransferSchedule(_options.Noise, (_options.Steps + blocks - 1) / blocks);
        return new DenoisingLoop(
            _options.Cache == CacheMode.Refresh
                ? new RefreshCache(reader, _options.PromptInterval, _options.ResponseInterval) : FastCaches.Make(_options.Cache, reader),
            TokenChoices.Gumbel(_options.Temperature, _options.ReferenceRng, generator),
            Policy())
        {
            VocabularySize = _model.VocabularySize,
            TellsTiesByBatch = _options.AsOriginal,
            Blocks = new BlockSequence(blocks, (canvas, block) => canvas.OwnBlockOfEachRow(block, blockSize))
            {
                Refills = _options.RemaskShare > 0,
                AddThreshold = _options.BlockAddThreshold,
                Plan = masks => Plan(masks, schedule, generator),
                PlansBoundSteps = BoundsSteps,
                ExpectedPlan = masks => _options.IsScheduled ? schedule.Deterministic(masks) : new int[masks],
            },
            Confidence = _options.EntropyBound is not null ? new InversePerplexity()
                : _options.Remasking == Remasking.Random ? null : new TokenProbability([]),
            RowsGoOn = _options is { IsScheduled: false, AsOriginal: false, ReferenceRng: false, Cache: CacheMode.None },
            Remasking = LowConfidenceRemasking.Of(_options.RemaskShare),
            End = _options.EosEarlyStop ? EndOfText.ByRow(_options.EndTokenIds, _options.EndPieces) : EndOfText.Never,
            StallsAllowed = _options.AsOriginal ? DenoisingLoop.AsOriginal : 0,
            DrawScores = cells => rand(cells, float32, generator: generator).data<float>().ToArray(),
            DrawsScoresForCandidatesOnly = !_options.ReferenceRng,
        };
    }

    // With the dual cache the original takes no more steps than the plan has, also where a threshold or a factor says what they commit.
    private bool BoundsSteps => _options is { AsOriginal: true, Cache: CacheMode.Dual, IsScheduled: false };

    private IUnmaskingPolicy Policy()
    {
        IUnmaskingPolicy policy = _options.EntropyBound is double bound ? new EntropyBoundPolicy(bound)
            : _options.Factor is double factor ? new FactorPolicy(factor)
            : _options.Threshold is double threshold ? new ThresholdPolicy(threshold)
            : new QuotaPolicy();
        return _options.AsOriginal ? policy : new UntilFilledPolicy(policy);
    }

    private int[] Plan(int masks, TransferSchedule schedule, Generator generator)
    {
        // The original draws a plan that it does not read; the numbers behind it must be the same ones.
        var draws = _options.StochasticTransfer && (_options.IsScheduled || _options.ReferenceRng);
        var plan = draws ? schedule.Stochastic(masks, generator) : schedule.Deterministic(masks);
        return _options.IsScheduled || BoundsSteps ? plan : [];
    }
}
