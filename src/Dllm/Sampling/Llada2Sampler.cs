using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of LLaDA2: block after block, each of which sees those before it; a step commits all proposals above a threshold, or a
/// fixed share of the block where those are fewer. Follows the original's <c>LLaDA2Sampler</c>, for batches of unequal prompts and for
/// infilling too. Works on canvases of <see cref="BlockCausalOptions.Layout"/>.
/// </summary>
/// <remarks>
/// The original computes all blocks anew at every step; here finished blocks are read once, with the same tokens. For decoders, which
/// take a mask of blocks. An instance keeps no state between calls.
/// </remarks>
public sealed class Llada2Sampler : ISampler, ISamplingMethod
{
    private readonly SampledModel _model;
    private readonly Llada2Options _options;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public Llada2Sampler(IDenoiser denoiser, Llada2Options options, int? contextLength = null, Device? device = null)
    {
        (_model, _options) = (SampledModel.For(options, denoiser, contextLength, device), options);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range, or the model takes no mask of blocks.</exception>
    public Llada2Sampler(Denoiser denoiser, Llada2Options options)
        : this(denoiser, options, denoiser.MaxPositions, denoiser.Device) => BlockModels.Require(denoiser);

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default) =>
        SamplingRun.Of(this, canvas, cancellation);

    long? ISamplingMethod.Seed => _options.Seed;

    void ISamplingMethod.Check(Canvas canvas) => _model.Check(canvas);

    DenoisingLoop ISamplingMethod.Over(Canvas canvas, Generator generator)
    {
        var policy = new SureOrQuotaPolicy(_options.SureFrom) { GoesOn = !_options.AsOriginal };
        var plan = EvenPlan(_options.Block, canvas.IsCompletion ? _options.EffectiveStepsPerBlock : _options.StepsPerGappedBlock);
        var end = _options.AsOriginal ? EndOfText.ForBlock(_options.Ends) : EndOfText.ByRow(_options.Ends, _options.EosEarlyStop ? _options.EndPieces : []);
        var parts = new BlockCausalLoop(_model, _options) { RemaskShare = _options.RemaskShare, AddThreshold = _options.BlockAddThreshold };
        return parts.Over(canvas, policy, _ => plan, edits: false, end, generator);
    }

    /// <summary>The tokens of a block, shared out evenly over its steps, the larger shares first.</summary>
    internal static int[] EvenPlan(int blockSize, int steps) =>
        [.. Enumerable.Range(0, steps).Select(step => blockSize / steps + (step < blockSize % steps ? 1 : 0))];
}
