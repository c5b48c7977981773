using Dllm.Checkpoints;
using Dllm.Layers;

namespace Dllm.Models;

/// <summary>The sizes and switches of a GPT-2, checked. Defaults are those of the original's configuration class.</summary>
internal sealed record Gpt2Config
{
    public required int VocabularySize { get; init; }
    public required int Width { get; init; }
    public required int InnerWidth { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }
    public required int MaxPositions { get; init; }
    public required Activation Activation { get; init; }
    public required double NormEpsilon { get; init; }
    public required bool Tied { get; init; }

    /// <summary>Whether scores are divided by √K, as usual.</summary>
    public required bool ScalesByHeadWidth { get; init; }

    /// <summary>Whether they are divided by the layer's number, from 1, besides.</summary>
    public required bool ScalesByLayer { get; init; }

    public required double EmbeddingDropout { get; init; }
    public required double AttentionDropout { get; init; }
    public required double ResidualDropout { get; init; }
    public required double InitializerRange { get; init; }

    public int HeadWidth => Width / Heads;

    public static Gpt2Config Parse(JsonConfig json)
    {
        if (json.Flag("add_cross_attention", false))
            throw json.Error("add_cross_attention is true, but nothing is attended to besides the text");
        var (width, heads) = (json.Integer("n_embd", 768, min: 1), json.Integer("n_head", 12, min: 1));
        if (width % heads != 0)
            throw json.Error($"n_embd {width} is not a multiple of n_head {heads}");
        return new Gpt2Config
        {
            VocabularySize = json.Integer("vocab_size", 50_257, min: 1),
            Width = width,
            InnerWidth = json.Integer("n_inner", checked(4 * width), min: 1),
            Layers = json.Integer("n_layer", 12, min: 1, max: 10_000),
            Heads = heads,
            MaxPositions = json.Integer("n_positions", 1024, min: 1),
            Activation = json.Choice("activation_function", Activations.Names, "gelu_new"),
            NormEpsilon = json.Number("layer_norm_epsilon", 1e-5, min: 0),
            Tied = json.Flag("tie_word_embeddings", true),
            ScalesByHeadWidth = json.Flag("scale_attn_weights", true),
            ScalesByLayer = json.Flag("scale_attn_by_inverse_layer_idx", false),
            EmbeddingDropout = json.Number("embd_pdrop", 0.1, min: 0, max: 1),
            AttentionDropout = json.Number("attn_pdrop", 0.1, min: 0, max: 1),
            ResidualDropout = json.Number("resid_pdrop", 0.1, min: 0, max: 1),
            InitializerRange = json.Number("initializer_range", 0.02, min: 0),
        };
    }
}
