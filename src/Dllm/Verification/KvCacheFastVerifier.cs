using Dllm.Layers;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>
/// Cases of kind <c>kv_cache_fast</c>: Fast-dLLM's prefix cache (columns before a block are kept, the rest computed anew) and its dual
/// cache (columns on both sides are kept, those of the block replaced), each with the same tokens and with others.
/// </summary>
internal sealed class KvCacheFastVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds => ["kv_cache_fast"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var opened = TensorCase.Open(c);
        opened.RequireKnown("outputs", "full_logits", "suffix_logits_same", "suffix_logits_new", "block_logits_same", "block_logits_new");
        using var cache = new KvCache();
        var (start, end) = (c.Json.Int("block_start"), c.Json.Int("block_end"));
        var (ids, others) = (opened.Read("input_ids"), opened.Read("new_input_ids"));
        var tokens = (int)ids.size(1);
        var results = new List<CheckResult>
        {
            opened.Compare("full_logits", opened.Read("full_logits"), Forward(ids)),
        };
        results.AddRange(CompareValues(opened, cache));

        cache.Write = CacheWrite.Replace; // the dual cache first: the prefix cache cuts off what it needs
        cache.ReplaceStart = start;
        results.Add(CompareRows("block_logits_same", Forward(Columns(ids, start, end))));
        results.Add(CompareRows("block_logits_new", Forward(Columns(others, start, end))));

        cache.Trim(start);
        cache.Write = CacheWrite.Discard;
        results.Add(CompareRows("suffix_logits_same", Forward(Columns(ids, start, tokens))));
        results.Add(CompareRows("suffix_logits_new", Forward(Columns(others, start, tokens))));
        return results;

        Tensor Forward(Tensor part) => opened.Model.Denoiser.Forward(new DenoiserInput(part, Cache: cache));

        CheckResult CompareRows(string name, Tensor logits)
        {
            var expected = opened.Read(name);
            return opened.Compare(name, expected, logits.narrow(0, 0, expected.size(0))); // some are of the first row only
        }
    }

    private static Tensor Columns(Tensor ids, int start, int end) => ids.narrow(1, start, end - start);

    /// <summary>
    /// The values recorded, [L, B, H_kv, T, K] or with the heads side by side [L, B, T, H_kv·K]. The keys are recorded before rotation and
    /// held after it; that they are right shows in the logits.
    /// </summary>
    private static IEnumerable<CheckResult> CompareValues(TensorCase opened, KvCache cache)
    {
        var recorded = opened.Read("past_values");
        for (var layer = 0; layer < recorded.size(0); layer++)
        {
            var value = cache.Held(layer).Value;
            yield return opened.Compare(
                $"values of layer {layer}", recorded[layer], recorded.dim() == 5 ? value : value.transpose(1, 2).flatten(2));
        }
    }
}
