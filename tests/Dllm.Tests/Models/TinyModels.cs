using Dllm.Checkpoints;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

/// <summary>Models small enough for a test, with random weights from a fixed seed.</summary>
internal static class TinyModels
{
    public const int Vocabulary = 50;
    public const int PaddingId = 1;

    public static readonly string[] Types =
    [
        "modernbert", "bert", "roberta", "llada", "Dream", "a2d-llama", "a2d-qwen2", "a2d-qwen3", "a2d-gpt2", "llama", "qwen2", "qwen3", "gpt2",
        "lladamoe", "rnd1",
    ];

    public static string Config(string modelType) => modelType switch
    {
        "modernbert" => """
            {"model_type":"modernbert","vocab_size":50,"hidden_size":16,"intermediate_size":24,"num_hidden_layers":3,
             "num_attention_heads":2,"max_position_embeddings":64,"local_attention":4,"pad_token_id":1,"initializer_range":0.5}
            """,
        "lladamoe" => """
            {"model_type":"lladamoe","vocab_size":50,"hidden_size":16,"dense_intermediate_size":24,"expert_intermediate_size":12,
             "shared_expert_intermediate_size":8,"num_hidden_layers":2,"moe_layer_freq":[0,1],"num_attention_heads":4,
             "num_key_value_heads":2,"max_position_embeddings":64,"rope_theta":10000,"pad_token_id":1,"qk_layernorm":true,
             "num_experts":4,"num_experts_per_tok":2,"moe_router_enable_expert_bias":true,"initializer_range":0.5}
            """,
        "llada2_moe" or "llada21_moe" => $$$"""
            {"model_type":"{{{modelType}}}","vocab_size":50,"hidden_size":16,"intermediate_size":24,"moe_intermediate_size":12,
             "num_hidden_layers":2,"first_k_dense_replace":1,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":8,
             "max_position_embeddings":64,"pad_token_id":1,"use_bias":false,"num_experts":8,"num_experts_per_tok":2,
             "num_shared_experts":1,"n_group":4,"topk_group":2,"attention_dropout":0.0,"initializer_range":0.5}
            """,
        "rnd1" => """
            {"model_type":"rnd1","vocab_size":50,"hidden_size":16,"moe_intermediate_size":12,"num_hidden_layers":2,
             "num_attention_heads":4,"num_key_value_heads":2,"head_dim":8,"max_position_embeddings":64,"pad_token_id":1,
             "rope_scaling":false,"num_experts":4,"num_experts_per_tok":2,"initializer_range":0.5}
            """,
        "llada" => """
            {"model_type":"llada","d_model":16,"n_heads":4,"n_kv_heads":2,"n_layers":2,"mlp_hidden_size":24,"activation_type":"silu",
             "block_type":"llama","layer_norm_type":"rms","rope":true,"include_qkv_bias":true,"attention_layer_norm":true,
             "max_sequence_length":64,"vocab_size":50,"embedding_size":50,"weight_tying":false,"init_fn":"normal","init_std":0.5,
             "attention_dropout":0.0,"residual_dropout":0.0,"embedding_dropout":0.0}
            """,
        "gpt2" or "a2d-gpt2" => $$$"""
            {"model_type":"{{{modelType}}}","vocab_size":50,"n_embd":16,"n_layer":2,"n_head":2,"n_positions":64,"initializer_range":0.5,
             "attn_pdrop":0.0,"embd_pdrop":0.0,"resid_pdrop":0.0}
            """,
        "Dream" or "llama" or "qwen2" or "qwen3" or "a2d-llama" or "a2d-qwen2" or "a2d-qwen3" => $$$"""
            {"model_type":"{{{modelType}}}","vocab_size":50,"hidden_size":16,"intermediate_size":24,"num_hidden_layers":2,
             "num_attention_heads":4,"num_key_value_heads":2,"head_dim":8,"max_position_embeddings":64,"pad_token_id":1,
             "tie_word_embeddings":true,"initializer_range":0.5}
            """,
        _ => $$$"""
            {"model_type":"{{{modelType}}}","vocab_size":50,"hidden_size":16,"intermediate_size":24,"num_hidden_layers":2,
             "num_attention_heads":2,"max_position_embeddings":34,"type_vocab_size":2,"pad_token_id":1,"initializer_range":0.5}
            """,
    };

    public static Denoiser Build(string modelType, int seed = 0, ScalarType dtype = ScalarType.Float32)
    {
        var json = JsonConfig.Parse(Config(modelType), "config.json");
        var denoiser = ModelFamilies.For(modelType).Build(json, dtype, CPU);
        using var generator = new Generator((ulong)seed);
        denoiser.Initialize(generator);
        denoiser.eval();
        return denoiser;
    }

    /// <summary>Writes a whole checkpoint.</summary>
    public static void Save(string modelType, TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("config.json"), Config(modelType));
        using var generator = new Generator(1);
        using var model = PretrainedModel.FromConfig(folder.Path, generator);
        model.Save(folder.Path);
    }

    /// <summary>Token ids that are no padding: [rows, tokens].</summary>
    public static Tensor Ids(int rows, int tokens, int seed = 0)
    {
        using var generator = new Generator((ulong)seed);
        return randint(2, Vocabulary, [rows, tokens], ScalarType.Int64, generator: generator);
    }
}
