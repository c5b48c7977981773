using static TorchSharp.torch;

namespace Dllm.Sampling;

// N positions, V vocabulary.

/// <summary>
/// A draw from softmax(logits / temperature) with one random number a position, by inverting the cumulated probabilities in float64.
/// The same distribution as <see cref="GumbelChoice"/> without its V random numbers, and safe at any temperature.
/// </summary>
internal sealed class CategoricalChoice(double temperature, Generator generator) : ITokenChoice
{
    // Keeps a product with a number below 1 below its factor in spite of rounding, so that an index beyond the last is never drawn.
    private const double JustBelowOne = 1 - 1e-15;

    public Tensor? DrawNoise(long cells, int vocabulary) => null;

    public Tensor Choose(Tensor logits, Tensor? noise)
    {
        using var scope = NewDisposeScope();
        var scores = logits.to(float64); // [N, V]
        // Taking the largest away before dividing keeps the smallest temperatures finite.
        var weights = (scores - scores.amax([-1], keepdim: true)).div_(temperature).exp_();
        var cumulated = weights.cumsum(-1); // [N, V]
        var uniforms = rand(logits.size(0), 1, float64, generator: generator).to(logits.device); // [N, 1]
        var target = uniforms * cumulated.narrow(-1, cumulated.size(-1) - 1, 1) * JustBelowOne; // [N, 1]
        return cumulated.le(target).sum(-1).MoveToOuterDisposeScope(); // [N]: the first token whose cumulated weight is above
    }
}
