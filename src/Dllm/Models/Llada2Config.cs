using Dllm.Checkpoints;
using Dllm.Layers;

namespace Dllm.Models;

/// <summary>The sizes and switches of LLaDA 2.x, checked. Defaults are those of the original's configuration class.</summary>
internal sealed record Llada2Config
{
    public required int VocabularySize { get; init; }
    public required AttentionShape Attention { get; init; }
    public required RotaryOptions Rotary { get; init; }
    public required int Layers { get; init; }

    /// <summary>How many of the first layers have one MLP instead of a mixture.</summary>
    public required int DenseLayers { get; init; }

    /// <summary>Inner width of their MLP.</summary>
    public required int InnerWidth { get; init; }

    /// <summary>The mixtures of the other layers; null where every layer is dense.</summary>
    public required MixtureShape? Mixture { get; init; }

    public required GroupedChoice Choice { get; init; }

    /// <summary>Experts that every token passes through; null for none. (0 are an MLP of no width, as in the original.)</summary>
    public required int? SharedExperts { get; init; }

    public required Activation Activation { get; init; }
    public required double NormEpsilon { get; init; }
    public required int MaxPositions { get; init; }
    public required int? PaddingId { get; init; }
    public required bool Tied { get; init; }
    public required double AttentionDropout { get; init; }
    public required double InitializerRange { get; init; }

    public static Llada2Config Parse(JsonConfig json)
    {
        var vocabulary = json.Integer("vocab_size", 30_592, min: 1);
        var positions = json.Integer("max_position_embeddings", 16_384, min: 1);
        var epsilon = json.Number("rms_norm_eps", 1e-5, min: 0);
        var attention = LlamaConfig.ParseAttention(json, headWidth: null) with
        {
            InputBias = json.Flag("use_qkv_bias", false),
            OutputBias = json.Flag("use_bias", true),
            HeadNormEpsilon = json.Flag("use_qk_norm", true) ? epsilon : null,
        };
        var activation = json.Choice("hidden_act", Activations.Names, "silu");
        var layers = json.Integer("num_hidden_layers", 24, min: 1, max: 10_000);
        var mixture = ParseMixture(json, attention.Width, activation);
        var dense = mixture is null ? layers : Math.Min(layers, json.Integer("first_k_dense_replace", 0));
        return new Llada2Config
        {
            VocabularySize = vocabulary,
            Attention = attention,
            Rotary = RotaryConfig.Parse(json, attention.HeadWidth, positions, part: 0.5),
            Layers = layers,
            DenseLayers = dense,
            InnerWidth = dense == 0 ? 0 : json.Integer("intermediate_size", min: 1),
            Mixture = mixture,
            Choice = mixture is null ? default : ParseChoice(json, mixture),
            SharedExperts = json.Keys.Contains("num_shared_experts") ? json.OptionalInteger("num_shared_experts", max: 1000) : 0,
            Activation = activation,
            NormEpsilon = epsilon,
            MaxPositions = positions,
            PaddingId = json.OptionalInteger("pad_token_id", max: vocabulary - 1),
            Tied = json.Flag("tie_word_embeddings", false),
            AttentionDropout = json.Number("attention_dropout", 0.1, min: 0, max: 1),
            InitializerRange = json.Number("initializer_range", 0.02, min: 0),
        };
    }

    /// <summary>A null says that there are no experts at all; no word about them says that there are 16.</summary>
    private static MixtureShape? ParseMixture(JsonConfig json, int width, Activation activation) =>
        json.Keys.Contains("num_experts") && !json.Has("num_experts")
            ? null
            : MixtureConfig.Parse(json, "num_experts", 16, "num_experts_per_tok", 2, "moe_intermediate_size", width, activation);

    private static GroupedChoice ParseChoice(JsonConfig json, MixtureShape mixture)
    {
        var groups = json.Integer("n_group", 8, min: 1);
        var kept = json.Integer("topk_group", 4, min: 1, max: groups);
        if (mixture.Experts % groups != 0 || mixture.Experts / groups < 2)
            throw json.Error($"num_experts {mixture.Experts} over n_group {groups} is not a whole number of at least 2");
        if (mixture.Experts / groups * kept < mixture.PerToken)
        {
            throw json.Error(
                $"num_experts_per_tok {mixture.PerToken} is more than topk_group {kept} groups hold: {mixture.Experts / groups * kept}");
        }

        return new GroupedChoice(groups, kept, json.Number("routed_scaling_factor", 2.5));
    }
}
