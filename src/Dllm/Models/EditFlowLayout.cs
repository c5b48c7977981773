using Dllm.Checkpoints;

namespace Dllm.Models;

/// <summary>How an Edit-Flow model is made of another: one row for each base, in the original's names.</summary>
/// <param name="ModelType">The <c>model_type</c> of the Edit-Flow model.</param>
/// <param name="BaseType">The <c>model_type</c> of the model beneath.</param>
/// <param name="HeadKey">The base's head in its checkpoints; conversion begins both new heads as copies of it.</param>
/// <param name="Architecture">What config.json calls the class in the original.</param>
/// <param name="ShiftsRight">
/// Whether the base predicts one place to the left, as Dream does: what is said of the token at i (its replacement, its deletion) is
/// then read at i - 1. What comes behind i is read at i in any case.
/// </param>
internal sealed record EditFlowLayout(
    string ModelType, string BaseType, string HeadKey, string Architecture, bool ShiftsRight = false)
{
    /// <summary>Every base there is.</summary>
    public static IReadOnlyList<EditFlowLayout> All { get; } =
    [
        new("editflow-modernbert", "modernbert", "decoder", "EditFlowModernBertModel"),
        new("editflow-bert", "bert", "cls.predictions.decoder", "EditFlowBertModel"),
        new("editflow-llada", "llada", "model.transformer.ff_out", "EditFlowLLaDAModel"),
        new("editflow-dream", "Dream", "lm_head", "EditFlowDreamModel", ShiftsRight: true),
        new("editflow-llama", "a2d-llama", "lm_head", "EditFlowLlamaModel"),
        new("editflow-qwen2", "a2d-qwen2", "lm_head", "EditFlowQwen2Model"),
        new("editflow-qwen3", "a2d-qwen3", "lm_head", "EditFlowQwen3Model"),
    ];

    /// <summary>The deviation of fresh heads; LLaDA calls it otherwise than the rest.</summary>
    public static double InitializerRange(JsonConfig json) =>
        json.Number("initializer_range", json.Number("init_std", 0.02, min: 0), min: 0);

    /// <summary>The row of <see cref="ModelFamilies"/>.</summary>
    public ModelFamily Over(ModelFamily family) => new()
    {
        ModelType = ModelType,
        Build = (json, dtype, device) => new EditFlow(family.Build(json, dtype, device), this, InitializerRange(json)),
        IgnoredKeys = family.IgnoredKeys,
        Samplers = ["edit-flow"],
    };
}
