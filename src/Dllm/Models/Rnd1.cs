using Dllm.Checkpoints;
using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// RND1 (Radical Numerics, 2025): Qwen3-MoE's layout, seen from both sides, every layer a mixture. What config.json says holds; the
/// original's configuration class overwrites it with the published model's sizes.
/// </summary>
internal static class Rnd1
{
    public static Denoiser Build(JsonConfig json, ScalarType dtype, Device device)
    {
        var config = ParseConfig(json);
        var inner = json.Has("moe_intermediate_size") ? "moe_intermediate_size" : "intermediate_size";
        var mixture = MixtureConfig.Parse(json, "num_experts", 128, "num_experts_per_tok", 8, inner, config.Width, config.Activation);
        var renormalises = json.Flag("norm_topk_prob", true);
        return new Llama(
            config, causal: false, _ => new(new SoftmaxMixture(mixture, renormalises, bias: false, dtype, device)), dtype, device);
    }

    private static LlamaConfig ParseConfig(JsonConfig json)
    {
        var config = LlamaConfig.Parse(
            NoScaling(json), vocabulary: 151_936, innerWidth: 6144, positions: 40_960, headWidth: 128, theta: 1_000_000);
        var bias = json.Flag("attention_bias", false);
        return config with
        {
            Attention = config.Attention with { InputBias = bias, OutputBias = bias, HeadNormEpsilon = config.NormEpsilon },
        };
    }

    /// <summary>The published file has <c>"rope_scaling": false</c> where others have null.</summary>
    private static JsonConfig NoScaling(JsonConfig json) =>
        json.IsFlag("rope_scaling") && !json.Flag("rope_scaling") ? json.With("rope_scaling", null) : json;
}
