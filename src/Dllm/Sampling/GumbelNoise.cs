using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The Gumbel-max trick in the original's form: the largest of exp(logit) / (-log u)^temperature, u uniform, is a draw from
/// softmax(logits / temperature). In float64, since lower precision spoils masked diffusion's text (arXiv:2409.02908).
/// </summary>
public static class GumbelNoise
{
    /// <summary>Perturbs <paramref name="logits"/>; the position of the largest result is the draw.</summary>
    /// <param name="logits">Any shape, any floating type.</param>
    /// <param name="uniforms">The same shape, float64, in [0, 1).</param>
    /// <param name="temperature">Above 0: float64 scores are returned. 0: the logits themselves, unchanged.</param>
    public static Tensor Apply(Tensor logits, Tensor uniforms, double temperature)
    {
        if (temperature == 0) return logits.alias();
        using var scope = NewDisposeScope();
        return (logits.to(float64).exp() / uniforms.log().neg_().pow_(temperature)).MoveToOuterDisposeScope();
    }
}
