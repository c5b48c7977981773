using static TorchSharp.torch;

namespace Dllm.Sampling;

// N positions, V vocabulary.

/// <summary>How narrow the distribution is: the negative entropy, at most 0 (Dream's <c>entropy</c>).</summary>
internal sealed class NegativeEntropy : IConfidence
{
    public Tensor Score(Tensor logits, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var probabilities = logits.softmax(-1, float32); // [N, V]
        return (probabilities * (probabilities + 1e-10).log()).sum(-1).MoveToOuterDisposeScope(); // [N]
    }
}
