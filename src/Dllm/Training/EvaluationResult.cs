using System.Text.Json.Serialization;

namespace Dllm.Training;

/// <summary>One pass over the evaluation set.</summary>
/// <param name="Loss">Mean of the batches' losses, weighted by rows (<c>eval_loss</c>).</param>
/// <param name="NegativeLogLikelihood">Weighted negative log-likelihood a token, in nats (<c>eval_nll</c>).</param>
/// <param name="Rows">Rows read.</param>
public sealed record EvaluationResult(double Loss, double NegativeLogLikelihood, int Rows)
{
    /// <summary>Exponential of <see cref="NegativeLogLikelihood"/> (<c>eval_ppl</c>).</summary>
    [JsonIgnore]
    public double Perplexity => Math.Exp(NegativeLogLikelihood);
}
