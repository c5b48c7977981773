using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of masked diffusion (MDLM, LLaDA): block by block, each step proposes a token for every mask of the block, commits as
/// many as the noise schedule says (the most confident, or random ones) and leaves the others masked. Follows the original's
/// <c>MDLMSampler.sample</c> and <c>infill</c>, which are one loop here, on completion and infilling canvases.
/// </summary>
/// <remarks>
/// Equal to the original at temperature 0 in float32, and always with <see cref="MdlmSamplerOptions.ReferenceRng"/>; but logits are
/// computed only where a token can be committed, rows with nothing to commit are left out of a step's batch, and one read-back a
/// step brings tokens and confidences to the host. An instance keeps no state between calls.
/// </remarks>
public sealed class MdlmSampler : ISampler
{
    private readonly IDenoiser _denoiser;
    private readonly MdlmSamplerOptions _options;
    private readonly int? _contextLength;
    private readonly Device _device;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public MdlmSampler(IDenoiser denoiser, MdlmSamplerOptions options, int? contextLength = null, Device? device = null)
    {
        options.Validate();
        options.ValidateTokens(denoiser.VocabularySize);
        _options = options;
        _contextLength = contextLength;
        _denoiser = denoiser;
        _device = device ?? CPU;
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public MdlmSampler(Denoiser denoiser, MdlmSamplerOptions options)
        : this(denoiser, options, denoiser.MaxPositions, denoiser.Device)
    {
    }

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        return Run(canvas, MdlmLoop.BlockSizeOn(canvas, _options, _denoiser.VocabularySize, _contextLength), cancellation);
    }

    private IEnumerable<SampleStep> Run(Canvas canvas, int blockSize, CancellationToken cancellation)
    {
        using var generator = MdlmLoop.Generator(_options);
        var loop = MdlmLoop.Create(MdlmLoop.Reader(_denoiser, _options, _device), canvas, _options, blockSize, generator);
        foreach (var step in loop.Run(canvas, cancellation)) yield return step;
    }
}
