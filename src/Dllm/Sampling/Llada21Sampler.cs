using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of LLaDA2.1: as LLaDA2's without a schedule, and tokens of the current block are replaced where the model has become sure
/// of others (joint thresholds). Follows the original's <c>LLaDA21Sampler</c>, for batches and for infilling too: rows fill and edit
/// at their own pace, and wait for each other at the end of a block. Works on canvases of <see cref="BlockCausalOptions.Layout"/>.
/// </summary>
/// <remarks>
/// The original computes all blocks anew at every step; here finished blocks are read once, with the same tokens. For decoders, which
/// take a mask of blocks. An instance keeps no state between calls.
/// </remarks>
public sealed class Llada21Sampler : ISampler, ISamplingMethod
{
    private readonly SampledModel _model;
    private readonly Llada21Options _options;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public Llada21Sampler(IDenoiser denoiser, Llada21Options options, int? contextLength = null, Device? device = null)
    {
        (_model, _options) = (SampledModel.For(options, denoiser, contextLength, device), options);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range, or the model takes no mask of blocks.</exception>
    public Llada21Sampler(Denoiser denoiser, Llada21Options options)
        : this(denoiser, options, denoiser.MaxPositions, denoiser.Device) => BlockModels.Require(denoiser);

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default) =>
        SamplingRun.Of(this, canvas, cancellation);

    long? ISamplingMethod.Seed => _options.Seed;

    void ISamplingMethod.Check(Canvas canvas) => _model.Check(canvas);

    DenoisingLoop ISamplingMethod.Over(Canvas canvas, Generator generator)
    {
        var policy = new EditingPolicy(
            new SureOrQuotaPolicy(_options.SureFrom, _options.NumToTransfer), _options.EditingThreshold, _options.MaxPostSteps)
        { MasksAgain = _options.AsOriginal };
        var end = _options.AsOriginal ? EndOfText.ForAllAfterBlock(_options.Ends) : EndOfText.ByRow(_options.Ends, _options.EosEarlyStop ? _options.EndPieces : []);
        return new BlockCausalLoop(_model, _options).Over(canvas, policy, _ => [], edits: true, end, generator);
    }
}
