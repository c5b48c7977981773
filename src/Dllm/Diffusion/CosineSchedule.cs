using static TorchSharp.torch;

namespace Dllm.Diffusion;

/// <summary>alpha(t) = 1 - cos(pi/2 (1 - t)): few tokens are revealed at first, many at last.</summary>
public sealed class CosineSchedule : NoiseSchedule
{
    /// <inheritdoc/>
    public override string Name => "CosineAlphaScheduler";

    /// <inheritdoc/>
    public override string ShortName => "cosine";

    /// <inheritdoc/>
    public override Tensor Alpha(Tensor t)
    {
        using var scope = NewDisposeScope();
        return (1 - cos(Math.PI / 2 * (1 - t))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor AlphaDerivative(Tensor t)
    {
        using var scope = NewDisposeScope();
        return (-(Math.PI / 2) * sin(Math.PI / 2 * (1 - t))).MoveToOuterDisposeScope();
    }
}
