using static TorchSharp.torch;

namespace Dllm.Sampling;

// N positions, V vocabulary.

/// <summary>
/// Minus the entropy of the distribution, at most 0: the surer the model is of anything, the larger, whichever token was drawn (RND1).
/// </summary>
/// <param name="asOriginal">
/// Whether tokens filtered out spoil the sum, as in the original: there 0 · log 0 is no number, and such a position counts as the least
/// sure.
/// </param>
internal sealed class FilteredEntropy(bool asOriginal) : IConfidence
{
    public Tensor Score(Tensor logits, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var logProbabilities = logits.log_softmax(-1, float32); // [N, V]
        var terms = logProbabilities.exp().mul_(logProbabilities);
        if (!asOriginal) terms = terms.nan_to_num_(nan: 0);
        return terms.sum(-1).MoveToOuterDisposeScope(); // [N]
    }
}
