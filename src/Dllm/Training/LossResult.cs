using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>What an objective makes of one micro-batch. The tensors lie on the model's device and belong to the caller's dispose scope.</summary>
/// <param name="Loss">The normalised loss: a float32 scalar, to differentiate unless <see cref="Gradient"/> is there.</param>
/// <param name="NegativeLogLikelihood">
/// The weighted negative log-likelihood summed over the batch, in nats, before normalisation: a detached float32 scalar. Divided by
/// <paramref name="Tokens"/> it is the running metric <c>nll</c>, its exponential <c>ppl</c>.
/// </param>
/// <param name="Tokens">How many tokens could have been masked (label not −100): the weight of the metric.</param>
/// <param name="MaskedTokens">How many tokens were masked, so how many rows of logits were computed.</param>
public readonly record struct LossResult(Tensor Loss, Tensor NegativeLogLikelihood, long Tokens, long MaskedTokens)
{
    /// <summary>What the gradient is known of, such as logits: where going back begins. Null: the loss.</summary>
    public Tensor? Output { get; init; }

    /// <summary>
    /// The loss's gradient by <see cref="Output"/>, where an objective computes it itself; it may lie in the output's own memory, so that nothing else of
    /// its size is held. Null: torch computes it.
    /// </summary>
    public Tensor? Gradient { get; init; }

    /// <summary>Adds the loss's gradient, times <paramref name="weight"/>, to the parameters'. Once only.</summary>
    public void Backward(double weight = 1)
    {
        if (Output is not null && Gradient is not null)
            Output.backward([weight == 1 ? Gradient : Gradient.mul_(weight)]);
        else
            (weight == 1 ? Loss : Loss * weight).backward();
    }
}
