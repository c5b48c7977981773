using static TorchSharp.torch;

namespace Dllm.Diffusion;

/// <summary>alpha(t) = 1 - t: as many tokens are revealed in every slice of time.</summary>
public sealed class LinearSchedule : NoiseSchedule
{
    /// <inheritdoc/>
    public override string Name => "LinearAlphaScheduler";

    /// <inheritdoc/>
    public override string ShortName => "linear";

    /// <inheritdoc/>
    public override Tensor Alpha(Tensor t) => ones_like(t).sub_(t);

    /// <inheritdoc/>
    public override Tensor AlphaDerivative(Tensor t) => full_like(t, -1);
}
