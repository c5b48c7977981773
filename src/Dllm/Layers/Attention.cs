using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>Multi-head attention over heads that are already projected.</summary>
public static class Attention
{
    /// <summary>softmax(q·kᵀ/√K + mask)·v, heads joined again.</summary>
    /// <param name="query">[B, H, T, K].</param>
    /// <param name="key">[B, H, S, K].</param>
    /// <param name="value">[B, H, S, K].</param>
    /// <param name="mask">Additive or boolean (true is seen), broadcast to [B, H, T, S]; null shows everything.</param>
    /// <param name="dropout">Probability of dropping a weight; 0 outside of training. Above 0 torch takes a path 4–9× slower.</param>
    /// <returns>[B, T, H·K].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, double dropout = 0)
    {
        using var heads = nn.functional.scaled_dot_product_attention(query, key, value, mask, dropout); // [B, H, T, K]
        using var tokensFirst = heads.transpose(1, 2); // [B, T, H, K]
        return tokensFirst.flatten(2); // [B, T, H·K]
    }

    /// <summary>
    /// One layer's attention with all that a decoder's may have: rotation, a cache, and fewer key heads than query heads. Query heads that
    /// share a key head are laid one after another as if they were more queries, so that no key is ever copied for them.
    /// </summary>
    /// <param name="query">[B, T, H·K], heads side by side.</param>
    /// <param name="key">[B, T, H_kv·K].</param>
    /// <param name="value">[B, T, H_kv·K].</param>
    /// <param name="headWidth">K.</param>
    /// <param name="layer">The layer's place in the cache.</param>
    /// <param name="context">What the forward's layers share; its mask is folded for H / H_kv.</param>
    /// <returns>[B, T, H·K].</returns>
    public static Tensor AttendGrouped(
        Tensor query, Tensor key, Tensor value, int headWidth, int layer, AttentionContext context) =>
        AttendHeads(Split(query, headWidth), Split(key, headWidth), Split(value, headWidth), layer, context);

    /// <summary>The same over heads already split, as where each is normalised first.</summary>
    /// <param name="query">[B, H, T, K].</param>
    /// <param name="key">[B, H_kv, T, K].</param>
    /// <param name="value">[B, H_kv, T, K].</param>
    /// <param name="layer">The layer's place in the cache.</param>
    /// <param name="context">What the forward's layers share.</param>
    /// <returns>[B, T, H·K].</returns>
    public static Tensor AttendHeads(Tensor query, Tensor key, Tensor value, int layer, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        if (context.Rotary is { } rotary)
            (query, key) = (rotary.Apply(query), rotary.Apply(key));
        if (context.Cache is { } cache)
            (key, value) = cache.Extend(layer, key, value); // [B, H_kv, S, K]
        if (query.size(1) == key.size(1))
            return Attend(query, key, value, context.Mask, context.Dropout).MoveToOuterDisposeScope();
        var (heads, tokens) = (query.size(1), query.size(2));
        var folded = query.reshape(query.size(0), key.size(1), -1, query.size(3)); // [B, H_kv, G·T, K]
        var attended = nn.functional.scaled_dot_product_attention(folded, key, value, context.Mask, context.Dropout);
        return attended.reshape(query.size(0), heads, tokens, -1).transpose(1, 2).flatten(2).MoveToOuterDisposeScope(); // [B, T, H·K]
    }

    /// <summary>[B, T, H·K] → [B, H, T, K].</summary>
    public static Tensor Split(Tensor joined, int headWidth) =>
        joined.view(joined.size(0), joined.size(1), -1, headWidth).transpose(1, 2);
}
