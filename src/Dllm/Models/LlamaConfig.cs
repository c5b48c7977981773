using Dllm.Checkpoints;
using Dllm.Layers;

namespace Dllm.Models;

/// <summary>The sizes and switches of the families in Llama's layout, checked. Each family has a way to read its own.</summary>
internal sealed record LlamaConfig
{
    public required int VocabularySize { get; init; }
    public required AttentionShape Attention { get; init; }
    public required int InnerWidth { get; init; }
    public required int Layers { get; init; }
    public required int MaxPositions { get; init; }
    public required int? PaddingId { get; init; }
    public required RotaryOptions Rotary { get; init; }
    public required Activation Activation { get; init; }
    public required double NormEpsilon { get; init; }
    public required bool MlpBias { get; init; }
    public required bool Tied { get; init; }
    public required double AttentionDropout { get; init; }
    public required double InitializerRange { get; init; }

    /// <summary>How many columns a query of a windowed layer sees, its own included, where the model is causal.</summary>
    public int? Window { get; init; }

    /// <summary>The first layer that is windowed, where there is a window; those behind it are too.</summary>
    public int FirstWindowedLayer { get; init; }

    public int Width => Attention.Width;

    /// <summary>Llama 2 and 3: offsets only where <c>attention_bias</c> or <c>mlp_bias</c> says so.</summary>
    public static LlamaConfig Llama(JsonConfig json)
    {
        var bias = json.Flag("attention_bias", false);
        var config = Parse(json, vocabulary: 32_000, innerWidth: 11_008, positions: 2048, headWidth: null);
        return config with
        {
            Attention = config.Attention with { InputBias = bias, OutputBias = bias },
            MlpBias = json.Flag("mlp_bias", false),
        };
    }

    /// <summary>Qwen 1.5, 2 and 2.5: queries, keys and values have offsets.</summary>
    public static LlamaConfig Qwen2(JsonConfig json)
    {
        var config = Parse(json, vocabulary: 151_936, innerWidth: 22_016, positions: 32_768, headWidth: null);
        return WithWindow(config with { Attention = config.Attention with { InputBias = true } }, json);
    }

    /// <summary>Qwen 3: queries and keys are normalised head by head.</summary>
    public static LlamaConfig Qwen3(JsonConfig json)
    {
        var bias = json.Flag("attention_bias", false);
        var config = Parse(json, vocabulary: 151_936, innerWidth: 22_016, positions: 32_768, headWidth: 128);
        var attention = config.Attention with { InputBias = bias, OutputBias = bias, HeadNormEpsilon = config.NormEpsilon };
        return WithWindow(config with { Attention = attention }, json);
    }

    /// <summary>What the families share; what they do not is theirs to set.</summary>
    /// <param name="json">config.json.</param>
    /// <param name="vocabulary">The family's default.</param>
    /// <param name="innerWidth">The family's default.</param>
    /// <param name="positions">The family's default.</param>
    /// <param name="headWidth">The family's default; null is the width over the heads.</param>
    /// <param name="theta">The family's default.</param>
    public static LlamaConfig Parse(JsonConfig json, int vocabulary, int innerWidth, int positions, int? headWidth, double theta = 10_000)
    {
        vocabulary = json.Integer("vocab_size", vocabulary, min: 1);
        positions = json.Integer("max_position_embeddings", positions, min: 1);
        var attention = ParseAttention(json, headWidth);
        return new LlamaConfig
        {
            VocabularySize = vocabulary,
            Attention = attention,
            InnerWidth = json.Integer("intermediate_size", innerWidth, min: 1),
            Layers = json.Integer("num_hidden_layers", 32, min: 1, max: 10_000),
            MaxPositions = positions,
            PaddingId = json.OptionalInteger("pad_token_id", min: -1, max: vocabulary - 1) is >= 0 and var id ? id : null,
            Rotary = RotaryConfig.Parse(json, attention.HeadWidth, positions, theta),
            Activation = json.Choice("hidden_act", Activations.Names, "silu"),
            NormEpsilon = json.Number("rms_norm_eps", 1e-6, min: 0),
            MlpBias = false,
            Tied = json.Flag("tie_word_embeddings", false),
            AttentionDropout = json.Number("attention_dropout", 0, min: 0, max: 1),
            InitializerRange = json.Number("initializer_range", 0.02, min: 0),
        };
    }

    private static LlamaConfig WithWindow(LlamaConfig config, JsonConfig json)
    {
        if (!json.Flag("use_sliding_window", false) || !json.Has("sliding_window"))
            return config;
        var first = json.Integer("max_window_layers", 28);
        var kinds = json.Texts("layer_types"); // newer files; so far they say the same as the number of whole layers
        var same = kinds?.Select((kind, layer) => (kind == "sliding_attention") == (layer >= first)).All(isSame => isSame) ?? true;
        return same
            ? config with { Window = json.Integer("sliding_window", min: 1), FirstWindowedLayer = first }
            : throw json.Error("layer_types mixes whole and sliding layers in another order than max_window_layers says");
    }

    /// <summary>The sizes of the attention, without its offsets and norms.</summary>
    public static AttentionShape ParseAttention(JsonConfig json, int? headWidth)
    {
        var (width, heads) = (json.Integer("hidden_size", 4096, min: 1), json.Integer("num_attention_heads", 32, min: 1));
        var keyHeads = json.Integer("num_key_value_heads", heads, min: 1);
        if (heads % keyHeads != 0)
            throw json.Error($"num_attention_heads {heads} is not a multiple of num_key_value_heads {keyHeads}");
        if (!json.Has("head_dim") && headWidth is null && width % heads != 0)
            throw json.Error($"hidden_size {width} is not a multiple of num_attention_heads {heads}, and there is no head_dim");
        return new AttentionShape
        {
            Width = width,
            Heads = heads,
            KeyHeads = keyHeads,
            HeadWidth = json.Integer("head_dim", headWidth ?? width / heads, min: 1),
        };
    }
}
