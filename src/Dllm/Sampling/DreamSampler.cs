using Dllm.Diffusion;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of Dream (arXiv:2508.15487), with the caches and the threshold of Fast-dLLM (arXiv:2505.22618): proposals are drawn from
/// narrowed distributions, and those committed are the surest by one of several measures, or random ones. Follows the original's
/// <c>DreamSampler.sample</c>, <c>infill</c> and <c>FastdLLMDreamSampler</c>, and for <see cref="DreamAlgorithm.Origin"/>, which the
/// original does not have, the paper's own code. Works on canvases of <see cref="CanvasLayout.Right"/>.
/// </summary>
/// <remarks>
/// Without a cache the canvas is one block. With one it is filled block by block; the first step of a block reads the whole canvas and
/// commits the block's leftmost token. No mask is left in the text, and every run ends. An instance keeps no state between calls.
/// </remarks>
public sealed class DreamSampler : ISampler, ISamplingMethod
{
    private readonly SampledModel _model;
    private readonly DreamOptions _options;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public DreamSampler(IDenoiser denoiser, DreamOptions options, int? contextLength = null, Device? device = null)
    {
        (_model, _options) = (SampledModel.For(options, denoiser, contextLength, device), options);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public DreamSampler(Denoiser denoiser, DreamOptions options)
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
    }

    DenoisingLoop ISamplingMethod.Over(Canvas canvas, Generator generator)
    {
        var isCached = _options.Cache != CacheMode.None;
        var blockSize = _options.BlockSizeFor(canvas);
        var blocks = (canvas.Span + blockSize - 1) / blockSize;
        var stepsPerBlock = (_options.Steps + blocks - 1) / blocks;
        return new DenoisingLoop(
            FastCaches.Make(_options.Cache, Reader()),
            TokenChoices.Multinomial(_options.Temperature == 0, _options.ReferenceRng, generator),
            Policy(stepsPerBlock, generator))
        {
            VocabularySize = _model.VocabularySize,
            TellsTiesByBatch = _options.AsOriginal,
            Blocks = new BlockSequence(blocks, (canvas, block) => canvas.OwnBlockOfEachRow(block, blockSize))
            {
                Refills = _options.RemaskShare > 0,
                Plan = Plan(stepsPerBlock, _options.StochasticTransfer ? generator : null),
                ExpectedPlan = Plan(stepsPerBlock, null),
            },
            Filter = new LogitFilter
            {
                Temperature = _options.Temperature == 0 ? 1 : _options.Temperature,
                TopK = _options.TopK,
                TopP = _options.TopP < 1 ? _options.TopP : null,
                TopPFirst = true,
                Removed = finfo(float32).min, // as the original: a filtered token's chance is 0 but not an impossible one
            },
            Region = isCached ? DrawRegion.AllReadThenMasks : DrawRegion.Masks,
            Confidence = _options.Algorithm switch
            {
                DreamAlgorithm.Origin => null,
                DreamAlgorithm.TopKMargin => new ProbabilityMargin(),
                DreamAlgorithm.Entropy => new NegativeEntropy(),
                _ => new TokenProbability([]),
            },
            DrawScores = cells => rand(cells, float32, generator: generator).data<float>().ToArray(),
            DrawsScoresForCandidatesOnly = true,
            Remasking = LowConfidenceRemasking.Of(_options.RemaskShare),
            StallsAllowed = _options.AsOriginal ? DenoisingLoop.AsOriginal : 0,
            End = _options.EosEarlyStop ? EndOfText.ByRow(_options.EndTokenIds, _options.EndPieces) : EndOfText.Never,
        };
    }

    private CanvasReader Reader() => new(
        _model.Denoiser,
        new PaddingVisibility(
            countsFromFirstToken: true, hidesFromPadding: _options.AsOriginal && _model.TakesWholeMasks, isAlwaysTold: _model.Denoiser.NeedsWholeMasks,
            firstPosition: _model.Denoiser.FirstPosition),
        _model.Device)
    {
        IsShifted = _options.RightShiftLogits,
        PaddingPredicts = _options.AsOriginal,
        CfgScale = _options.CfgScale,
        NeverProposesMask = !_options.AsOriginal,
    };

    private IUnmaskingPolicy Policy(int steps, Generator generator)
    {
        var times = new DiffusionTimes(steps, _options.Epsilon);
        IUnmaskingPolicy policy = _options.Algorithm switch
        {
            DreamAlgorithm.Origin => new OriginPolicy(times),
            DreamAlgorithm.ConfidenceThreshold => new ThresholdPolicy(_options.Threshold!.Value),
            _ when _options.FollowsTimes && _options.AsOriginal => new TimedPolicy(times),
            _ => new ScheduledPolicy(),
        };
        if (_options.DrawsPositions)
            policy = new DrawnQuotaPolicy(policy, _options.AlgorithmTemperature, generator, drawsForRegion: _options.ReferenceRng);
        if (_options.Cache != CacheMode.None) policy = new WarmUpPolicy(policy) { AlwaysGoesOn = _options.AsOriginal };
        return _options.AsOriginal ? policy : new UntilFilledPolicy(policy);
    }

    /// <summary>The tokens of each step of a block, or as many zeros as there may be steps; drawn where a generator is given.</summary>
    private Func<int, int[]> Plan(int steps, Generator? generator)
    {
        var schedule = new TransferSchedule(_options.Noise, steps);
        var times = new DiffusionTimes(steps, _options.Epsilon);
        return masks =>
            _options.Algorithm == DreamAlgorithm.ConfidenceThreshold && _options.Cache != CacheMode.None ? []
            : _options.Algorithm == DreamAlgorithm.Origin || (_options.FollowsTimes && _options.AsOriginal) ? masks == 0 ? [] : new int[steps]
            : _options.FollowsTimes ? times.Plan(masks)
            : generator is null ? schedule.Deterministic(masks)
            : schedule.Stochastic(masks, generator);
    }
}
