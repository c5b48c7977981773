using static TorchSharp.torch;

namespace Dllm.Sampling;

// Any leading dimensions, V vocabulary.

/// <summary>Narrows the distribution that tokens are chosen from: temperature, then the two filters in the order asked for.</summary>
/// <remarks>The original's samplers differ in three details, all of which are kept: see the properties.</remarks>
public sealed record LogitFilter
{
    /// <summary>Divides the logits, above 0; 1 leaves them.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the most probable tokens, at least 1; null keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>
    /// Keeps the most probable tokens until their probabilities add up to more than this, in (0, 1); the token that crosses the line
    /// stays. Null keeps all.
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>Whether <see cref="TopP"/> comes before <see cref="TopK"/> (Dream), not after it (LLaDA2, RND1).</summary>
    public bool TopPFirst { get; init; }

    /// <summary>Whether tokens as probable as the last one kept are kept too (Dream, LLaDA2), or exactly <see cref="TopK"/> (RND1).</summary>
    public bool KeepsTies { get; init; } = true;

    /// <summary>The most probable tokens that <see cref="TopP"/> always keeps, at least 1: two in RND1, one elsewhere.</summary>
    public int LeastOfTopP { get; init; } = 1;

    /// <summary>The logit of a token that is filtered out: minus infinity, or the least finite number (Dream), which is that of the logits' type.</summary>
    public double Removed { get; init; } = double.NegativeInfinity;

    /// <summary>Whether anything changes.</summary>
    public bool IsNeutral => Temperature == 1 && TopK is null && TopP is null;

    /// <summary>The narrowed logits: the same shape and type, a tensor of their own.</summary>
    /// <param name="logits">[..., V].</param>
    public Tensor Apply(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var result = Temperature == 1 ? logits.alias() : logits / Temperature;
        if (TopPFirst && TopP is double first) result = KeepTopP(result, first);
        if (TopK is int count) result = KeepsTies ? KeepTopK(result, count) : KeepExactlyTopK(result, count);
        if (!TopPFirst && TopP is double last) result = KeepTopP(result, last);
        return result.MoveToOuterDisposeScope();
    }

    private Tensor KeepTopK(Tensor logits, int count)
    {
        count = (int)Math.Min(count, logits.size(-1));
        var (values, _) = logits.topk(count); // [..., count]
        return logits.masked_fill(logits.lt(values.narrow(-1, count - 1, 1)), RemovedFrom(logits));
    }

    private Tensor KeepExactlyTopK(Tensor logits, int count)
    {
        var (values, indices) = logits.topk((int)Math.Min(count, logits.size(-1)));
        return full_like(logits, RemovedFrom(logits)).scatter_(-1, indices, values);
    }

    private Tensor KeepTopP(Tensor logits, double probability)
    {
        var (sorted, indices) = logits.sort(-1, descending: true);
        var kept = Math.Min(LeastOfTopP, logits.size(-1));
        var before = sorted.softmax(-1).cumsum(-1).narrow(-1, kept - 1, logits.size(-1) - kept); // [..., V - kept]: in front of each other token
        var keptFirst = zeros_like(sorted.narrow(-1, 0, kept), dtype: @bool); // [..., kept]
        var removed = cat([keptFirst, before.gt(probability)], -1); // [..., V], in sorted order
        return logits.masked_fill(zeros_like(removed).scatter_(-1, indices, removed), RemovedFrom(logits));
    }

    private double RemovedFrom(Tensor logits) => double.IsInfinity(Removed) ? Removed : Math.Max(Removed, finfo(logits.dtype).min);
}
