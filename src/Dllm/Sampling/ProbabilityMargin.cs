using static TorchSharp.torch;

namespace Dllm.Sampling;

// N positions, V vocabulary.

/// <summary>How much more probable the first token is than the second, whichever was chosen (Dream's <c>topk_margin</c>).</summary>
internal sealed class ProbabilityMargin : IConfidence
{
    public Tensor Score(Tensor logits, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (best, _) = logits.softmax(-1, float32).topk(2); // [N, 2]
        return (best.select(-1, 0) - best.select(-1, 1)).MoveToOuterDisposeScope(); // [N]
    }
}
