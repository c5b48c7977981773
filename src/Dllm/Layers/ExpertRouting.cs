using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>Which experts each of N tokens goes to, and with what weights.</summary>
/// <param name="Experts">[N, k], int64, no expert twice in a row.</param>
/// <param name="Weights">[N, k], float32 at least.</param>
public readonly record struct ExpertRouting(Tensor Experts, Tensor Weights)
{
    /// <summary>The k experts of the highest probability (Shazeer et al., 2017).</summary>
    /// <param name="logits">The gate's: [N, E].</param>
    /// <param name="count">k.</param>
    /// <param name="renormalise">Whether the k weights are scaled to a sum of 1.</param>
    /// <param name="bias">
    /// Added to the probabilities, or null: [E]. It changes the weights as well as the choice, as LLaDA-MoE's does.
    /// </param>
    public static ExpertRouting Softmax(Tensor logits, int count, bool renormalise, Tensor? bias = null)
    {
        using var scope = NewDisposeScope();
        var scores = nn.functional.softmax(logits, -1, Wide(logits)); // [N, E]
        if (bias is not null)
            scores = scores + bias;
        var (weights, experts) = scores.topk(count, -1); // [N, k]
        if (renormalise)
            weights = weights / weights.sum(-1, keepdim: true);
        return new(experts.MoveToOuterDisposeScope(), weights.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Sigmoid scores, chosen within the best groups of experts (DeepSeek-AI, 2024). The bias, which balances the load, takes part in the
    /// choice only.
    /// </summary>
    /// <param name="logits">The gate's: [N, E].</param>
    /// <param name="bias">[E].</param>
    /// <param name="count">k.</param>
    /// <param name="groups">Groups of neighbouring experts; E is a multiple. A group's score is that of its best two.</param>
    /// <param name="keptGroups">Groups to choose from.</param>
    /// <param name="scale">Factor of the weights, whose sum is 1 before (for k above 1).</param>
    public static ExpertRouting GroupedSigmoid(Tensor logits, Tensor bias, int count, int groups, int keptGroups, double scale)
    {
        using var scope = NewDisposeScope();
        var scores = logits.to_type(Wide(logits)).sigmoid(); // [N, E]
        var grouped = (scores + bias).view(scores.size(0), groups, -1); // [N, G, E/G]
        var kept = grouped.topk(2, -1).values.sum(-1).topk(keptGroups, -1).indexes; // [N, kept]
        var closed = ones(grouped.size(0), groups, dtype: ScalarType.Bool, device: logits.device)
            .scatter(1, kept, zeros_like(kept, ScalarType.Bool)); // [N, G]
        var choice = grouped.masked_fill(closed.unsqueeze(-1), float.NegativeInfinity).flatten(1); // [N, E]
        var experts = choice.topk(count, -1).indexes; // [N, k]
        var weights = scores.gather(1, experts); // [N, k]
        if (count > 1)
            weights = weights / (weights.sum(-1, keepdim: true) + 1e-20);
        return new(experts.MoveToOuterDisposeScope(), (weights * scale).MoveToOuterDisposeScope());
    }

    private static ScalarType Wide(Tensor logits) => logits.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
}
