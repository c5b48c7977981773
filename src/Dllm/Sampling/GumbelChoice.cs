using System.Diagnostics;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// A draw from softmax(logits / temperature) by Gumbel noise for every position and every token of the vocabulary, read or not: the
/// original's draws in the original's order.
/// </summary>
internal sealed class GumbelChoice(double temperature, Generator generator) : ITokenChoice
{
    public Tensor? DrawNoise(long cells, int vocabulary) => rand(cells, vocabulary, float64, generator: generator); // [cells, V]

    public Tensor Choose(Tensor logits, Tensor? noise)
    {
        Debug.Assert(noise is not null);
        using var scope = NewDisposeScope();
        return GumbelNoise.Apply(logits, noise!, temperature).argmax(-1).MoveToOuterDisposeScope();
    }
}
