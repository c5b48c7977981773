using Dllm.Checkpoints;
using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// LLaDA-MoE (Zhu et al., 2025): Llama's layout, seen from both sides, with mixtures of experts behind a softmax router. As in the
/// original the router's weights are never renormalised nor scaled, whatever the configuration says of it, and an expert bias is part of
/// the weights.
/// </summary>
internal static class LladaMoe
{
    public static Denoiser Build(JsonConfig json, ScalarType dtype, Device device)
    {
        var config = ParseConfig(json);
        var isMixture = ParseLayers(json, config.Layers);
        var mixture = MixtureConfig.Parse(
            json, "num_experts", null, "num_experts_per_tok", null, "expert_intermediate_size", config.Width, config.Activation);
        var hasBias = json.Flag("moe_router_enable_expert_bias", false);
        var shared = json.OptionalInteger("shared_expert_intermediate_size", min: 1);
        return new Llama(config, causal: false, FeedForward, dtype, device);

        LlamaFeedForward FeedForward(int layer) => isMixture[layer]
            ? new(new SoftmaxMixture(mixture, renormalises: false, hasBias, dtype, device), shared is { } width ? Mlp(width) : null)
            : new(Mlp(config.InnerWidth));

        GatedMlp Mlp(int innerWidth) => new(config.Width, innerWidth, config.Activation, bias: false, dtype, device);
    }

    private static LlamaConfig ParseConfig(JsonConfig json)
    {
        var config = LlamaConfig.Parse(json, vocabulary: 157_184, innerWidth: 0, positions: 4096, headWidth: null);
        var bias = json.Flag("attention_bias", false);
        var epsilon = json.Number("rms_norm_eps", 1e-5, min: 0);
        return config with
        {
            InnerWidth = json.Integer("dense_intermediate_size", 0),
            NormEpsilon = epsilon,
            Attention = config.Attention with
            {
                InputBias = bias,
                OutputBias = bias,
                HeadNormEpsilon = json.Flag("qk_layernorm", false) ? epsilon : null,
                Clip = json.Has("clip_qkv") ? json.Number("clip_qkv", min: 0) : null,
            },
        };
    }

    /// <summary>For each layer, whether it is a mixture (1) or one MLP (0).</summary>
    private static bool[] ParseLayers(JsonConfig json, int layers)
    {
        var kinds = json.Integers("moe_layer_freq") ?? throw json.Error("it has no moe_layer_freq, which says which layers are mixtures");
        if (kinds.Count < layers)
            throw json.Error($"moe_layer_freq has {kinds.Count} entries but num_hidden_layers is {layers}");
        if (kinds.Take(layers).Contains(0) && !json.Has("dense_intermediate_size"))
            throw json.Error("a layer is dense by moe_layer_freq, but there is no dense_intermediate_size");
        return [.. kinds.Take(layers).Select(kind => kind != 0)];
    }
}
