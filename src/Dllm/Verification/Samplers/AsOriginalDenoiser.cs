using Dllm.Models;
using TorchSharp;

namespace Dllm.Verification;

/// <summary>A denoiser that passes over what the original of its family passes over (see <see cref="FastVariants"/>).</summary>
/// <param name="c">The case, which names the family.</param>
/// <param name="inner">The denoiser.</param>
internal sealed class AsOriginalDenoiser(VerificationCase c, IDenoiser inner) : IDenoiser
{
    private readonly ModelFamily _family = c.RequireFamily();

    public int VocabularySize => inner.VocabularySize;

    public int FirstPosition => inner.FirstPosition;

    public bool NeedsWholeMasks => inner.NeedsWholeMasks;

    // Positions that a sampler names for a part of the canvas are those that a family derives by itself from its cache.
    public torch.Tensor Forward(DenoiserInput input) => inner.Forward(FastVariants.AsOriginal(_family, input with
    {
        PositionIds = _family.ModelType == "fastdllm_llada" ? null : input.PositionIds,
    }));
}
