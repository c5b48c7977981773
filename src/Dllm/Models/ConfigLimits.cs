using Dllm.Checkpoints;

namespace Dllm.Models;

/// <summary>
/// Bounds on what config.json counts, looked at before anything is built of it: what no model has, and, where the weights' headers are
/// there, what those tensors cannot make up.
/// </summary>
internal static class ConfigLimits
{
    private const int MostLayers = 1000;
    private const int MostExperts = 10_000;
    private const int MostParts = 100_000; // experts of all layers together
    private const int MostSize = 1 << 24;

    private static readonly string[] Layers = ["num_hidden_layers", "n_layers", "n_layer"];

    private static readonly string[] Experts = ["num_experts", "n_routed_experts", "num_local_experts"];

    private static readonly string[] Sizes =
    [
        "vocab_size", "embedding_size", "type_vocab_size", "hidden_size", "d_model", "n_embd", "intermediate_size", "mlp_hidden_size", "n_inner",
        "moe_intermediate_size", "expert_intermediate_size", "dense_intermediate_size", "shared_expert_intermediate_size", "num_attention_heads",
        "num_key_value_heads", "n_heads", "n_kv_heads", "n_head", "head_dim",
    ];

    /// <summary>Checks every count of a configuration.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="tensors">How many tensors the weights have; null where there are none, and only what no model has is refused.</param>
    /// <exception cref="DllmException">A count is too large: the first such.</exception>
    public static void Check(JsonConfig config, int? tensors = null)
    {
        foreach (var key in Sizes) Check(config, key, MostSize, null);
        // Every layer and every expert has tensors of its own.
        var layers = Layers.Max(key => Check(config, key, MostLayers, tensors));
        var experts = Experts.Max(key => Check(config, key, MostExperts, tensors));
        var dense = config.IsInteger("first_k_dense_replace", out var first) ? Math.Clamp(first, 0, layers) : 0;
        if ((layers - dense) * experts > Math.Min(MostParts, tensors ?? MostParts))
        {
            throw config.Error(
                tensors is null
                    ? $"{layers} layers with {experts} experts each are more than {MostParts} experts"
                    : $"{layers} layers with {experts} experts each cannot be made of the {tensors} tensors of the weights",
                Remedy);
        }
    }

    private const string Remedy = "use the config.json that came with the weights";

    private static long Check(JsonConfig config, string key, int most, int? tensors)
    {
        if (!config.IsInteger(key, out var count)) return 0; // what is no number is told by who reads it
        if (count > most) throw config.Error($"{key} is {count}, but no model has more than {most}", Remedy);
        return count <= (tensors ?? most) ? count
            : throw config.Error($"{key} is {count}, but the weights have no more than {tensors} tensors", Remedy);
    }
}
