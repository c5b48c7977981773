using Dllm.Checkpoints;

namespace Dllm.Models;

/// <summary>The explicit table of the model families. A new model is one file, one row here, one manifest test.</summary>
public static class ModelFamilies
{
    private static readonly ModelFamily[] Denoisers =
    [
        new() { ModelType = "modernbert", Build = ModernBert.Build },
        new()
        {
            ModelType = "bert",
            Build = Bert.Build,
            IgnoredKeys = ["bert.pooler", "cls.seq_relationship", "bert.embeddings.position_ids"],
        },
        new()
        {
            ModelType = "roberta",
            Build = Roberta.Build,
            IgnoredKeys = ["roberta.pooler", "roberta.embeddings.position_ids"],
        },
        new() { ModelType = "llada", Build = Llada.Build, Samplers = ["mdlm", "fast-dllm"] },
        new() { ModelType = "fastdllm_llada", Build = Llada.Build, Samplers = ["mdlm", "fast-dllm"] },
        Decoder("Dream", LlamaConfig.Qwen2) with { Samplers = ["dream", "fast-dllm"] },
        Decoder("fastdllm_dream", LlamaConfig.Qwen2) with { Samplers = ["dream", "fast-dllm"] },
        Gpt2Decoder("a2d-gpt2"),
        Decoder("a2d-llama", LlamaConfig.Llama),
        Decoder("a2d-qwen2", LlamaConfig.Qwen2),
        Decoder("a2d-qwen3", LlamaConfig.Qwen3),
        new() { ModelType = "lladamoe", Build = LladaMoe.Build },
        new() { ModelType = "llada2_moe", Build = Llada2.Build, Samplers = ["llada2"] },
        new() { ModelType = "llada21_moe", Build = Llada2.Build, Samplers = ["llada21"] },
        new() { ModelType = "rnd1", Build = Rnd1.Build, Samplers = ["rnd1"] },
        Gpt2Decoder("gpt2", isAutoregressive: true),
        Decoder("llama", LlamaConfig.Llama, isAutoregressive: true),
        Decoder("qwen2", LlamaConfig.Qwen2, isAutoregressive: true),
        Decoder("qwen3", LlamaConfig.Qwen3, isAutoregressive: true),
    ];

    /// <summary>Every family, in the order that messages list them.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        .. Denoisers,
        .. EditFlowLayout.All.Select(layout => layout.Over(Denoisers.Single(family => family.ModelType == layout.BaseType))),
    ];

    /// <summary>The family of a <c>model_type</c>, or null where there is none yet.</summary>
    public static ModelFamily? Find(string modelType) => All.FirstOrDefault(family => family.ModelType == modelType);

    /// <summary>The family of a <c>model_type</c>.</summary>
    /// <exception cref="DllmException">No family has this type.</exception>
    public static ModelFamily For(string modelType) => Find(modelType)
        ?? throw new DllmException(
            $"model_type '{modelType}' is not supported",
            (NearestName.Of(modelType, All.Select(family => family.ModelType)) is { } near ? $"is '{near}' meant? " : "")
            + $"use a checkpoint of one of: {string.Join(", ", All.Select(family => family.ModelType))}");

    private static ModelFamily Decoder(string modelType, Func<JsonConfig, LlamaConfig> parse, bool isAutoregressive = false) => new()
    {
        ModelType = modelType,
        IsAutoregressive = isAutoregressive,
        Samplers = isAutoregressive ? ["ar"] : ["mdlm", "bd3lm"],
        Build = Llama.Builder(parse, causal: isAutoregressive),
        IgnoredKeys = ["model.layers.*.self_attn.rotary_emb.inv_freq"],
    };

    private static ModelFamily Gpt2Decoder(string modelType, bool isAutoregressive = false) => new()
    {
        ModelType = modelType,
        IsAutoregressive = isAutoregressive,
        Samplers = isAutoregressive ? ["ar"] : ["mdlm", "bd3lm"],
        Build = Gpt2.Builder(causal: isAutoregressive),
        IgnoredKeys =
        [
            "h.*.attn.bias", "h.*.attn.masked_bias", "transformer.h.*.attn.bias", "transformer.h.*.attn.masked_bias", // causal masks
        ],
        OptionalPrefix = "transformer.",
    };
}
