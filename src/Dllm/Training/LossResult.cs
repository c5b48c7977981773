using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>What an objective makes of one micro-batch. The tensors lie on the model's device and belong to the caller's dispose scope.</summary>
/// <param name="Loss">The normalised loss to differentiate: a float32 scalar.</param>
/// <param name="NegativeLogLikelihood">
/// The weighted negative log-likelihood summed over the batch, in nats, before normalisation: a detached float32 scalar. Divided by
/// <paramref name="Tokens"/> it is the running metric <c>nll</c>, its exponential <c>ppl</c>.
/// </param>
/// <param name="Tokens">How many tokens could have been masked (label not −100): the weight of the metric.</param>
/// <param name="MaskedTokens">How many tokens were masked, so how many rows of logits were computed.</param>
public readonly record struct LossResult(Tensor Loss, Tensor NegativeLogLikelihood, long Tokens, long MaskedTokens);
