using Dllm.Checkpoints;
using Dllm.Layers;

namespace Dllm.Models;

/// <summary>How a LLaDA normalises.</summary>
internal enum LladaNorm
{
    Layer,
    RootMeanSquare,

    /// <summary>As <see cref="RootMeanSquare"/>, scaled by 1 + weight.</summary>
    GemmaRootMeanSquare,
}

/// <summary>The sizes and switches of a LLaDA, checked. Defaults are those of the original's configuration class.</summary>
internal sealed record LladaConfig
{
    public required int Width { get; init; }
    public required int Heads { get; init; }
    public required int KeyHeads { get; init; }
    public required int Layers { get; init; }

    /// <summary>Layers to a group; 1 where checkpoints know no groups.</summary>
    public required int GroupSize { get; init; }

    /// <summary>What an MLP's first map gives; a swiglu halves it.</summary>
    public required int InnerWidth { get; init; }

    /// <summary>Rows of the token table, and of the head: the vocabulary, or more where it was rounded up.</summary>
    public required int VocabularySize { get; init; }

    public required int MaxPositions { get; init; }

    /// <summary>One map to queries, keys and values, and a plain MLP; else three maps and a gated MLP, as in Llama.</summary>
    public required bool IsSequential { get; init; }

    public required Activation Activation { get; init; }

    /// <summary>The inner features are two halves, of which the second, by way of SiLU, is the gate of the first.</summary>
    public required bool IsSwiglu { get; init; }

    public required LladaNorm Norm { get; init; }
    public required bool NormScale { get; init; }
    public required bool NormBias { get; init; }

    /// <summary>Whether queries and keys are normalised, all heads together.</summary>
    public required bool AttentionNorm { get; init; }

    public required bool AttentionNormScale { get; init; }
    public required double RmsEpsilon { get; init; }
    public required double Theta { get; init; }

    /// <summary>Whether rotation happens in float32 whatever the type of the weights.</summary>
    public required bool RotatesInFullPrecision { get; init; }

    public required bool Bias { get; init; }
    public required bool InputBias { get; init; }
    public required bool ScalesEmbeddings { get; init; }
    public required bool ScalesLogits { get; init; }
    public required bool Tied { get; init; }
    public required double AttentionDropout { get; init; }
    public required double ResidualDropout { get; init; }
    public required double EmbeddingDropout { get; init; }
    public required LladaInitialization Initialization { get; init; }

    public int HeadWidth => Width / Heads;

    /// <summary>What the MLP's last map reads.</summary>
    public int GatedWidth => IsSwiglu ? InnerWidth / 2 : InnerWidth;

    private static readonly Dictionary<string, Activation> ActivationNames = new(StringComparer.Ordinal)
    {
        ["gelu"] = Activation.Gelu,
        ["relu"] = Activation.Relu,
        ["silu"] = Activation.Silu,
        ["swiglu"] = Activation.Silu,
    };

    private static readonly Dictionary<string, LladaNorm> NormNames = new(StringComparer.Ordinal)
    {
        ["default"] = LladaNorm.Layer,
        ["low_precision"] = LladaNorm.Layer,
        ["rms"] = LladaNorm.RootMeanSquare,
        ["gemma_rms"] = LladaNorm.GemmaRootMeanSquare,
    };

    private static readonly Dictionary<string, bool> BlockNames = new(StringComparer.Ordinal) { ["sequential"] = true, ["llama"] = false };

    public static LladaConfig Parse(JsonConfig json)
    {
        if (!json.Flag("rope", false) || json.Flag("alibi", false))
            throw json.Error("rope must be true and alibi false: a LLaDA turns queries and keys by their positions");
        var (width, heads) = (json.Integer("d_model", 768, min: 1), json.Integer("n_heads", 12, min: 1));
        var layers = json.Integer("n_layers", 12, min: 1, max: 10_000);
        var bias = json.Flag("include_bias", false);
        var config = new LladaConfig
        {
            Width = width,
            Heads = heads,
            KeyHeads = ParseKeyHeads(json, heads),
            Layers = layers,
            GroupSize = json.Integer("block_group_size", 1, min: 1),
            InnerWidth = json.OptionalInteger("mlp_hidden_size", min: 1) ?? InnerWidthOf(json, width),
            VocabularySize = json.OptionalInteger("embedding_size", min: 1) ?? json.Integer("vocab_size", 50_257, min: 1),
            MaxPositions = json.Integer("max_sequence_length", 1024, min: 1),
            IsSequential = json.Choice("block_type", BlockNames, "sequential"),
            Activation = json.Choice("activation_type", ActivationNames, "swiglu"),
            IsSwiglu = json.Text("activation_type", "swiglu") == "swiglu",
            Norm = json.Choice("layer_norm_type", NormNames, "default"),
            NormScale = json.Flag("layer_norm_with_affine", true),
            NormBias = json.Flag("bias_for_layer_norm", bias),
            AttentionNorm = json.Flag("attention_layer_norm", false),
            AttentionNormScale = json.Flag("attention_layer_norm_with_affine", true),
            RmsEpsilon = json.Number("rms_norm_eps", 1e-5, min: 0),
            Theta = json.Number("rope_theta", 10_000, min: 1),
            RotatesInFullPrecision = json.Flag("rope_full_precision", true),
            Bias = bias,
            InputBias = bias || json.Flag("include_qkv_bias", false),
            ScalesEmbeddings = json.Flag("input_emb_norm", false),
            ScalesLogits = json.Flag("scale_logits", false),
            Tied = json.Flag("weight_tying", true),
            AttentionDropout = json.Number("attention_dropout", 0.1, min: 0, max: 1),
            ResidualDropout = json.Number("residual_dropout", 0.1, min: 0, max: 1),
            EmbeddingDropout = json.Number("embedding_dropout", 0.1, min: 0, max: 1),
            Initialization = LladaInitialization.Parse(json, width, layers),
        };
        config.Check(json);
        return config;
    }

    private void Check(JsonConfig json)
    {
        if (Width % Heads != 0 || HeadWidth % 2 != 0)
            throw json.Error($"d_model {Width} over n_heads {Heads} is not a whole, even head width");
        if (Heads % KeyHeads != 0)
            throw json.Error($"n_heads {Heads} is not a multiple of n_kv_heads {KeyHeads}");
        if (Layers % GroupSize != 0)
            throw json.Error($"n_layers {Layers} is not a multiple of block_group_size {GroupSize}");
        if (IsSwiglu && (!IsSequential || InnerWidth % 2 != 0))
            throw json.Error("activation_type swiglu needs block_type sequential and an even mlp_hidden_size");
        if (json.Has("vocab_size") && json.Integer("vocab_size", min: 1) is var tokens && tokens > VocabularySize)
            throw json.Error($"vocab_size {tokens} is above embedding_size {VocabularySize}");
    }

    private static int InnerWidthOf(JsonConfig json, int width)
    {
        var inner = (long)json.Integer("mlp_ratio", 4, min: 1, max: 1024) * width;
        return inner <= int.MaxValue ? (int)inner : throw json.Error($"mlp_ratio times d_model is {inner}, which no model has");
    }

    private static int ParseKeyHeads(JsonConfig json, int heads)
    {
        var named = json.OptionalInteger("n_kv_heads", min: 1);
        if (!json.Has("multi_query_attention"))
            return named ?? heads;
        var implied = json.Flag("multi_query_attention") ? 1 : heads;
        return named is null || named == implied
            ? implied
            : throw json.Error($"n_kv_heads {named} contradicts multi_query_attention, which says {implied}");
    }
}
