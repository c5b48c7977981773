using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of LLaDA2: block after block, each of which sees those before it; a step commits all proposals above a threshold, or a
/// fixed share of the block where those are fewer. Follows the original's <c>LLaDA2Sampler</c>, for batches of unequal prompts and for
/// infilling too. Works on canvases of <see cref="Llada2Options.Layout"/>.
/// </summary>
/// <remarks>
/// The original computes all blocks anew at every step; here finished blocks are read once, with the same tokens. For decoders, which
/// take a mask of blocks. An instance keeps no state between calls.
/// </remarks>
public sealed class Llada2Sampler : ISampler
{
    private readonly IDenoiser _denoiser;
    private readonly Llada2Options _options;
    private readonly int? _contextLength;
    private readonly Device _device;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public Llada2Sampler(IDenoiser denoiser, Llada2Options options, int? contextLength = null, Device? device = null)
    {
        options.Validate();
        OptionChecks.RequireKnown(options.EndTokenIds, "end token", denoiser.VocabularySize);
        (_denoiser, _options, _contextLength, _device) = (denoiser, options, contextLength, device ?? CPU);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range, or the model takes no mask of blocks.</exception>
    public Llada2Sampler(Denoiser denoiser, Llada2Options options)
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
        IUnmaskingPolicy policy = new SureOrQuotaPolicy(_options.Threshold);
        if (!_options.AsOriginal) policy = new UntilFilledPolicy(policy);
        var plan = EvenPlan(_options.BlockSize, _options.EffectiveStepsPerBlock);
        IReadOnlyList<int> ends = _options.EosEarlyStop ? _options.EndTokenIds : [];
        var end = _options.AsOriginal ? EndOfText.ForBlock(ends) : EndOfText.ByRow(ends);
        return Parts().Over(canvas, policy, _ => plan, edits: false, end, generator);
    }

    /// <summary>The tokens of a block, shared out evenly over its steps, the larger shares first.</summary>
    internal static int[] EvenPlan(int blockSize, int steps) =>
        [.. Enumerable.Range(0, steps).Select(step => blockSize / steps + (step < blockSize % steps ? 1 : 0))];

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
