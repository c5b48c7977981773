using Dllm.Layers;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>
/// Cases of kind <c>kv_cache</c>: a prefix fills the cache, the rest of the sequence is computed given the cache. Both must equal the
/// forward over all, and the cache must hold the recorded keys and values.
/// </summary>
internal sealed class KvCacheVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds => ["kv_cache"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var opened = TensorCase.Open(c);
        opened.RequireKnown(
            "inputs", "input_ids", "attention_mask", "position_ids", "prefix_attention_mask", "prefix_position_ids", "block_input_ids_2");
        opened.RequireKnown("outputs", "full_logits", "prefix_logits", "block_logits", "block_logits_2");
        using var cache = new KvCache();
        var (length, tokens) = (c.Json.Int("prefix_len"), c.Json.Int("block_len"));
        var denoiser = opened.Model.Denoiser;
        var ids = opened.Read("input_ids");
        var (mask, positions) = (opened.Input("attention_mask"), opened.Input("position_ids"));
        var compared = opened.Read("compare_mask"); // [B, T]
        var (inPrefix, inBlock) = (compared.narrow(1, 0, length), compared.narrow(1, length, tokens));
        var results = new List<CheckResult>();

        var all = denoiser.Forward(new DenoiserInput(ids, mask, positions));
        results.Add(opened.Compare("full_logits", opened.Read("full_logits")[compared], all[compared]));

        var prefix = denoiser.Forward(new DenoiserInput(
            ids.narrow(1, 0, length), opened.Input("prefix_attention_mask"), opened.Input("prefix_position_ids"), Cache: cache));
        results.Add(opened.Compare("prefix_logits", opened.Read("prefix_logits")[inPrefix], prefix[inPrefix]));
        results.AddRange(ComparePast(opened, cache, inPrefix));

        if (opened.Find("block_input_ids_2") is { } others)
        {
            cache.Write = CacheWrite.Discard;
            results.Add(CompareBlock("block_logits_2", others));
        }

        cache.Write = CacheWrite.Append;
        results.Add(CompareBlock("block_logits", ids.narrow(1, length, tokens)));
        results.Add(CheckResult.Equal("columns held", length + tokens, cache.Length));
        cache.Trim(length);
        results.Add(CompareBlock("block_logits after trimming", ids.narrow(1, length, tokens), "block_logits"));
        return results;

        CheckResult CompareBlock(string name, Tensor block, string? expected = null)
        {
            var blockMask = mask?.dim() == 4 ? mask.narrow(2, length, tokens) : mask;
            var logits = denoiser.Forward(new DenoiserInput(block, blockMask, positions?.narrow(1, length, tokens), Cache: cache));
            return opened.Compare(name, opened.Read(expected ?? name)[inBlock], logits[inBlock]);
        }
    }

    /// <summary>The keys and values recorded, [L, B, H_kv, S, K], where they are defined.</summary>
    private static IEnumerable<CheckResult> ComparePast(TensorCase opened, KvCache cache, Tensor defined)
    {
        var (keys, values) = (opened.Read("past_keys"), opened.Read("past_values"));
        for (var layer = 0; layer < keys.size(0); layer++)
        {
            var (key, value) = cache.Held(layer);
            yield return opened.Compare($"keys of layer {layer}", Defined(keys[layer]), Defined(key));
            yield return opened.Compare($"values of layer {layer}", Defined(values[layer]), Defined(value));
        }

        Tensor Defined(Tensor heads) => heads.transpose(1, 2)[defined];
    }
}
