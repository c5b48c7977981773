using Dllm.Checkpoints;
using Dllm.Layers;

namespace Dllm.Models;

/// <summary>The sizes and switches that BERT and RoBERTa share, checked.</summary>
internal sealed record BertConfig
{
    public required int VocabularySize { get; init; }
    public required int Width { get; init; }
    public required int InnerWidth { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }

    /// <summary>Rows of the position table.</summary>
    public required int Positions { get; init; }

    public required int TokenTypes { get; init; }
    public required int? PaddingId { get; init; }
    public required Activation Activation { get; init; }
    public required double NormEpsilon { get; init; }
    public required double HiddenDropout { get; init; }
    public required double AttentionDropout { get; init; }
    public required double InitializerRange { get; init; }
    public required bool Tied { get; init; }

    /// <param name="json">config.json.</param>
    /// <param name="paddingId">The family's padding id where the file gives none.</param>
    public static BertConfig Parse(JsonConfig json, int paddingId)
    {
        if (json.Text("position_embedding_type", "absolute") is var kind && kind != "absolute")
            throw json.Error($"position_embedding_type '{kind}' is not supported, only 'absolute'");
        if (json.Flag("is_decoder", false))
            throw json.Error("is_decoder is true, but a masked language model attends to both sides");
        var vocabulary = json.Integer("vocab_size", min: 1);
        var config = new BertConfig
        {
            VocabularySize = vocabulary,
            Width = json.Integer("hidden_size", 768, min: 1),
            InnerWidth = json.Integer("intermediate_size", 3072, min: 1),
            Layers = json.Integer("num_hidden_layers", 12, min: 1, max: 10_000),
            Heads = json.Integer("num_attention_heads", 12, min: 1),
            Positions = json.Integer("max_position_embeddings", 512, min: 1),
            TokenTypes = json.Integer("type_vocab_size", 2, min: 1),
            PaddingId = json.OptionalInteger("pad_token_id", max: vocabulary - 1) ?? paddingId,
            Activation = json.Choice("hidden_act", Activations.Names, "gelu"),
            NormEpsilon = json.Number("layer_norm_eps", 1e-12, min: 0),
            HiddenDropout = json.Number("hidden_dropout_prob", 0.1, min: 0, max: 1),
            AttentionDropout = json.Number("attention_probs_dropout_prob", 0.1, min: 0, max: 1),
            InitializerRange = json.Number("initializer_range", 0.02, min: 0),
            Tied = json.Flag("tie_word_embeddings", true),
        };
        return config.Width % config.Heads == 0
            ? config
            : throw json.Error($"hidden_size {config.Width} is not a multiple of num_attention_heads {config.Heads}");
    }
}
