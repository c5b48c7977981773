using static TorchSharp.torch;

namespace Dllm.Sampling;

// N positions, V vocabulary.

/// <summary>The probability of the token proposed.</summary>
/// <param name="improbable">Tokens that count as impossible here, though they may be proposed: they are committed last.</param>
internal sealed class TokenProbability(IReadOnlyList<int> improbable) : IConfidence
{
    public Tensor Score(Tensor logits, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        if (improbable.Count > 0) logits = SuppressedDenoiser.Suppress(logits.clone(), improbable);
        // The softmax itself, not a log-sum-exp: positions that tie in the original have to tie here.
        var probabilities = logits.softmax(-1, float32); // [N, V]
        return probabilities.gather(-1, tokens.unsqueeze(-1)).squeeze(-1).MoveToOuterDisposeScope(); // [N]
    }
}
