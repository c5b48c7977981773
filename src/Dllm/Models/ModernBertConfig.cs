using Dllm.Checkpoints;
using Dllm.Layers;

namespace Dllm.Models;

/// <summary>The sizes and switches of a ModernBERT, checked. Defaults are those of the original's configuration class.</summary>
internal sealed record ModernBertConfig
{
    private const string GlobalLayer = "full_attention";
    private const string LocalLayer = "sliding_attention";

    public required int VocabularySize { get; init; }
    public required int Width { get; init; }
    public required int InnerWidth { get; init; }
    public required int Heads { get; init; }
    public required int MaxPositions { get; init; }
    public required int? PaddingId { get; init; }

    /// <summary>For each layer, whether it sees everything (else a window).</summary>
    public required IReadOnlyList<bool> GlobalLayers { get; init; }

    /// <summary>The farthest token that a local layer sees.</summary>
    public required int Reach { get; init; }

    public required double GlobalTheta { get; init; }
    public required double LocalTheta { get; init; }
    public required Activation HiddenActivation { get; init; }
    public required Activation HeadActivation { get; init; }
    public required double NormEpsilon { get; init; }
    public required bool NormBias { get; init; }
    public required bool AttentionBias { get; init; }
    public required bool MlpBias { get; init; }
    public required bool HeadBias { get; init; }
    public required bool DecoderBias { get; init; }
    public required bool Tied { get; init; }
    public required double EmbeddingDropout { get; init; }
    public required double AttentionDropout { get; init; }
    public required double MlpDropout { get; init; }
    public required double InitializerRange { get; init; }
    public required double InitializerCutoff { get; init; }

    public int HeadWidth => Width / Heads;

    public static ModernBertConfig Parse(JsonConfig json)
    {
        var layers = json.Integer("num_hidden_layers", 22, min: 1, max: 10_000);
        var vocabulary = json.Integer("vocab_size", 50368, min: 1);
        var config = new ModernBertConfig
        {
            VocabularySize = vocabulary,
            Width = json.Integer("hidden_size", 768, min: 1),
            InnerWidth = json.Integer("intermediate_size", 1152, min: 1),
            Heads = json.Integer("num_attention_heads", 12, min: 1),
            MaxPositions = json.Integer("max_position_embeddings", 8192, min: 1),
            PaddingId = json.OptionalInteger("pad_token_id", max: vocabulary - 1),
            GlobalLayers = ParseLayers(json, layers),
            Reach = json.Integer("local_attention", 128) / 2,
            GlobalTheta = ParseTheta(json, GlobalLayer, "global_rope_theta", 160_000),
            LocalTheta = ParseTheta(json, LocalLayer, "local_rope_theta", 10_000),
            HiddenActivation = json.Choice("hidden_activation", Activations.Names, "gelu"),
            HeadActivation = json.Choice("classifier_activation", Activations.Names, "gelu"),
            NormEpsilon = json.Number("norm_eps", 1e-5, min: 0),
            NormBias = json.Flag("norm_bias", false),
            AttentionBias = json.Flag("attention_bias", false),
            MlpBias = json.Flag("mlp_bias", false),
            HeadBias = json.Flag("classifier_bias", false),
            DecoderBias = json.Flag("decoder_bias", true),
            Tied = json.Flag("tie_word_embeddings", true),
            EmbeddingDropout = json.Number("embedding_dropout", 0, min: 0, max: 1),
            AttentionDropout = json.Number("attention_dropout", 0, min: 0, max: 1),
            MlpDropout = json.Number("mlp_dropout", 0, min: 0, max: 1),
            InitializerRange = json.Number("initializer_range", 0.02, min: 0),
            InitializerCutoff = json.Number("initializer_cutoff_factor", 2, min: 1e-3),
        };
        return config.Width % config.Heads == 0 && config.HeadWidth % 2 == 0
            ? config
            : throw json.Error(
                $"hidden_size {config.Width} over num_attention_heads {config.Heads} is not a whole, even head width");
    }

    /// <summary>Newer files list the kind of every layer; older ones say that every n-th, from the first on, is global.</summary>
    private static bool[] ParseLayers(JsonConfig json, int layers)
    {
        if (json.Texts("layer_types") is not { } kinds)
        {
            var every = json.Integer("global_attn_every_n_layers", 3, min: 1);
            return [.. Enumerable.Range(0, layers).Select(layer => layer % every == 0)];
        }

        if (kinds.Count != layers)
            throw json.Error($"layer_types has {kinds.Count} entries but num_hidden_layers is {layers}");
        return [.. kinds.Select(kind => kind switch
        {
            GlobalLayer => true,
            LocalLayer => false,
            _ => throw json.Error($"layer_types holds '{kind}' but only {GlobalLayer} and {LocalLayer} are known"),
        })];
    }

    /// <summary>Newer files give each kind of layer its rotary parameters; older ones have a key for each.</summary>
    private static double ParseTheta(JsonConfig json, string kind, string oldKey, double fallback)
    {
        var rope = json.Section("rope_parameters")?.Section(kind);
        if (rope?.Text("rope_type", "default") is { } type && type != "default")
            throw rope.Error($"rope_type '{type}' is not supported for ModernBERT");
        return rope is not null && rope.Has("rope_theta") ? rope.Number("rope_theta", min: 1) : json.Number(oldKey, fallback, min: 1);
    }
}
