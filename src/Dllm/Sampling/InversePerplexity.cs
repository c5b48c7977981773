using static TorchSharp.torch;

namespace Dllm.Sampling;

// N positions, V vocabulary.

/// <summary>How narrow the distribution is, as one over its perplexity: exp(-entropy), in (0, 1].</summary>
internal sealed class InversePerplexity : IConfidence
{
    private readonly NegativeEntropy _entropy = new();

    public Tensor Score(Tensor logits, Tensor tokens) => _entropy.Score(logits, tokens).exp_().clamp_(max: 1); // [N]
}
