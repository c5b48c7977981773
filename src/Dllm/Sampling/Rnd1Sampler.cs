using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of RND1: all masks compete at once, and each step keeps the positions of the highest entropy masked, an even share fewer
/// than before. Follows the original's <c>diffusion_sample</c>, for batches too. Works on any canvas; see <see cref="Rnd1Canvas"/> for
/// the original's, which end with a given end token.
/// </summary>
/// <remarks>
/// The model predicts one place to the left. Steps that commit nothing cost no forward and are not reported. An instance keeps no state
/// between calls.
/// </remarks>
public sealed class Rnd1Sampler : ISampler, ISamplingMethod
{
    private readonly SampledModel _model;
    private readonly Rnd1Options _options;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public Rnd1Sampler(IDenoiser denoiser, Rnd1Options options, int? contextLength = null, Device? device = null)
    {
        (_model, _options) = (SampledModel.For(options, denoiser, contextLength, device), options);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public Rnd1Sampler(Denoiser denoiser, Rnd1Options options)
        : this(denoiser, options, denoiser.MaxPositions, denoiser.Device)
    {
    }

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default) =>
        SamplingRun.Of(this, canvas, cancellation);

    long? ISamplingMethod.Seed => _options.Seed;

    void ISamplingMethod.Check(Canvas canvas) => _model.Check(canvas);

    DenoisingLoop ISamplingMethod.Over(Canvas canvas, Generator generator)
    {
        var reader = new CanvasReader(
            _model.Denoiser, new PaddingVisibility(isAlwaysTold: _model.Denoiser.NeedsWholeMasks), _model.Device)
        {
            IsShifted = true,
            NeverProposesMask = !_options.AsOriginal,
        };
        return new DenoisingLoop(
            new FullRecompute(reader),
            TokenChoices.Multinomial(_options.Greedy, _options.ReferenceRng, generator),
            new UncertainStayPolicy())
        {
            VocabularySize = _model.VocabularySize,
            TellsTiesByBatch = _options.AsOriginal,
            Blocks = new BlockSequence(1, (canvas, block) => canvas.OwnBlockOfEachRow(block, canvas.Width)) { Plan = Plan },
            Filter = new LogitFilter
            {
                Temperature = Math.Max(_options.Temperature, 1e-8),
                TopK = _options.TopK,
                TopP = _options.TopP < 1 ? _options.TopP : null,
                KeepsTies = false,
                LeastOfTopP = 2,
            },
            NoiseShift = 1,
            CommitsMasks = _options.AsOriginal,
            FirstColumnStays = _options.AsOriginal,
            Confidence = new FilteredEntropy(_options.AsOriginal),
        };
    }

    /// <summary>The masks to fill at each step: those that stay are a share of all, computed in float32 and rounded down.</summary>
    private int[] Plan(int masks)
    {
        var plan = new List<int>();
        for (var (step, left) = (_options.Steps - 1, masks); left > 0; step--)
        {
            var stay = (int)(masks * (float)((double)step / _options.Steps));
            plan.Add(left - stay);
            left = stay;
        }

        return [.. plan];
    }
}
