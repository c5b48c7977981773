using System.Diagnostics;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// N positions, V vocabulary.

/// <summary>
/// A draw from softmax(logits) as the original's library makes it: the largest of probability / exponential number, one such number for
/// every token of every position, read or not. The original's draws in the original's order.
/// </summary>
internal sealed class MultinomialChoice(Generator generator) : ITokenChoice
{
    public Tensor? DrawNoise(long cells, int vocabulary) => ExponentialNoise.Draw([cells, vocabulary], generator); // [cells, V]

    public Tensor Choose(Tensor logits, Tensor? noise)
    {
        Debug.Assert(noise is not null);
        using var scope = NewDisposeScope();
        return logits.softmax(-1, float32).div_(noise!).argmax(-1).MoveToOuterDisposeScope(); // [N]
    }
}
