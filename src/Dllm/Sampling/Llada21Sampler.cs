using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of LLaDA2.1: as LLaDA2's without a schedule, and tokens of the current block are replaced where the model has become sure
/// of others (joint thresholds). Follows the original's <c>LLaDA21Sampler</c>, for batches and for infilling too: rows fill and edit
/// at their own pace, and wait for each other at the end of a block. Works on canvases of <see cref="Llada21Options.Layout"/>.
/// </summary>
/// <remarks>
/// The original computes all blocks anew at every step; here finished blocks are read once, with the same tokens. For decoders, which
/// take a mask of blocks. An instance keeps no state between calls.
/// </remarks>
public sealed class Llada21Sampler : ISampler
{
    private readonly IDenoiser _denoiser;
    private readonly Llada21Options _options;
    private readonly int? _contextLength;
    private readonly Device _device;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public Llada21Sampler(IDenoiser denoiser, Llada21Options options, int? contextLength = null, Device? device = null)
    {
        options.Validate();
        OptionChecks.RequireKnown(options.EndTokenIds, "end token", denoiser.VocabularySize);
        (_denoiser, _options, _contextLength, _device) = (denoiser, options, contextLength, device ?? CPU);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range, or the model takes no mask of blocks.</exception>
    public Llada21Sampler(Denoiser denoiser, Llada21Options options)
        : this(denoiser, options, denoiser.MaxPositions, denoiser.Device) => BlockModels.Require(denoiser);

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        canvas.RequireRoom(_contextLength);
        canvas.RequireKnownTokens(_denoiser.VocabularySize);
        return Run(canvas, cancellation);
    }

    private IEnumerable<SampleStep> Run(Canvas canvas, CancellationToken cancellation)
    {
        using var generator = new Generator((ulong)(_options.Seed ?? 0), CPU);
        foreach (var step in Loop(canvas, generator).Run(canvas, cancellation)) yield return step;
    }

    private DenoisingLoop Loop(Canvas canvas, Generator generator)
    {
        var policy = new EditingPolicy(
            new SureOrQuotaPolicy(_options.Threshold, _options.NumToTransfer), _options.EditingThreshold, _options.MaxPostSteps);
        IReadOnlyList<int> ends = _options.EosEarlyStop ? _options.EndTokenIds : [];
        var end = _options.AsOriginal ? EndOfText.ForAllAfterBlock(ends) : EndOfText.ByRow(ends);
        return Parts().Over(canvas, policy, _ => [], edits: true, end, generator);
    }

    private BlockCausalLoop Parts() => new()
    {
        Denoiser = _denoiser,
        Device = _device,
        BlockSize = _options.BlockSize,
        UseCache = _options.UseCache,
        Temperature = _options.Temperature,
        TopK = _options.TopK,
        TopP = _options.TopP,
        ReferenceRng = _options.ReferenceRng,
    };
}
