using Dllm.Layers.Kernels;
using static TorchSharp.torch;

namespace Dllm.Layers;

// B batch, H heads, T queries, S keys, K head width, G query heads that share a key head.

/// <summary>Multi-head attention over heads that are already projected: softmax(q·kᵀ/√K + mask)·v, heads joined again.</summary>
public static class Attention
{
    // Queries of a window are taken so many at a time at least: fewer cost more in calls than they save in keys.
    private const int LeastQueries = 32;

    // Measured with 64 to 1,024 keys: below 12 queries torch's kernel is ahead, which has no tiles to fill (1 query: 0.4 to 0.6 of the time).
    private const int LeastFused = 12;

    // Scores held at once where attention is written as products: 64 MiB of bfloat16.
    private const long MostScores = 32 << 20;

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
        if (context.Dropout == 0 && query.size(2) >= LeastFused && CpuKernels.CanAttend(query, key, value))
        {
            var first = FirstQuery(context, query.size(2), key.size(2));
            return CpuKernels.Attend(query, key, value, context.Mask, first, context.Reach).MoveToOuterDisposeScope();
        }

        var (heads, tokens) = (query.size(1), query.size(2));
        var folded = heads == key.size(1) ? query : query.reshape(query.size(0), key.size(1), -1, query.size(3)); // [B, H_kv, G·T, K]
        var reach = ReferenceEquals(folded, query) ? context.Reach : null;
        var attended = AttendInParts(folded, key, value, context, reach);
        return attended.reshape(query.size(0), heads, tokens, value.size(3)).transpose(1, 2).flatten(2).MoveToOuterDisposeScope(); // [B, T, H·K]
    }

    /// <summary>[B, T, H·K] → [B, H, T, K].</summary>
    public static Tensor Split(Tensor joined, int headWidth) =>
        joined.view(joined.size(0), joined.size(1), -1, headWidth).transpose(1, 2);

    /// <summary>
    /// Some queries at a time where that saves keys (each part has those that one of its queries reaches) or memory.
    /// </summary>
    private static Tensor AttendInParts(Tensor query, Tensor key, Tensor value, AttentionContext context, int? reach)
    {
        var (tokens, columns) = ((int)query.size(2), (int)key.size(2));
        var first = (int)FirstQuery(context, tokens, columns);
        if (reach is { } near && !PartsPay(near, columns)) reach = null;
        var width = reach is { } far ? PartOf(far) : Math.Max(QueriesAtOnce(query, columns, context.Dropout), LeastQueries);
        var parts = new List<Tensor>();
        for (var start = 0; start < tokens; start += width)
        {
            var count = Math.Min(width, tokens - start);
            var from = reach is null ? 0 : Math.Max(0, first + start - reach.Value);
            var seen = reach is null ? columns : Math.Min(columns, first + start + count + reach.Value) - from;
            if (count == tokens && seen == columns) break; // everything at once
            var mask = context.Mask is { } whole && whole.size(2) > 1 ? whole.narrow(2, start, count) : context.Mask;
            parts.Add(Weigh(
                query.narrow(2, start, count), key.narrow(2, from, seen), value.narrow(2, from, seen), mask?.narrow(3, from, seen), context));
        }

        return parts switch
        {
            [] => Weigh(query, key, value, context.Mask, context),
            [var only] => only,
            _ => cat(parts, 2), // [B, H, T, K]
        };
    }

    // The column of the first query.
    private static long FirstQuery(AttentionContext context, long tokens, long columns) =>
        context.Cache is { Write: CacheWrite.Replace } cache ? cache.ReplaceStart : columns - tokens;

    private static int PartOf(int reach) => Math.Max(2 * reach, LeastQueries);

    // Where parts leave out less than a third of the keys, their calls cost more than that saves.
    private static bool PartsPay(int reach, int columns) => CpuKernels.AreOn && 3 * (PartOf(reach) + 2 * reach) <= 2 * columns;

    private static int QueriesAtOnce(Tensor query, int columns, double dropout) =>
        UsesProducts(query, dropout) ? (int)(MostScores / Math.Max(1, query.size(0) * query.size(1) * columns)) : int.MaxValue;

    private static bool UsesProducts(Tensor query, double dropout) => dropout == 0 && ProductAttention.Pays(query);

    /// <summary>[B, H, T, K] of queries, [B, H, S, K] of keys and values → [B, H, T, K].</summary>
    private static Tensor Weigh(Tensor query, Tensor key, Tensor value, Tensor? mask, AttentionContext context) =>
        UsesProducts(query, context.Dropout)
            ? ProductAttention.Attend(query, key, value, mask)
            : nn.functional.scaled_dot_product_attention(query, key, value, mask, context.Dropout);
}
