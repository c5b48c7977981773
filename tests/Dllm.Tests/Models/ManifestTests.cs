using System.Runtime.CompilerServices;
using Dllm.Checkpoints;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

/// <summary>
/// Every key and shape of the published checkpoints, on the meta device. The manifests list what transformers saves for the published
/// configurations.
/// </summary>
public class ManifestTests
{
    public static TheoryData<string, long, string> Published => new()
    {
        {
            "modernbert-base", 149_655_232,
            """
            {"model_type":"modernbert","vocab_size":50368,"hidden_size":768,"intermediate_size":1152,
             "num_hidden_layers":22,"num_attention_heads":12}
            """
        },
        {
            "modernbert-large", 395_881_664,
            """
            {"model_type":"modernbert","vocab_size":50368,"hidden_size":1024,"intermediate_size":2624,
             "num_hidden_layers":28,"num_attention_heads":16}
            """
        },
        { "bert-base-uncased", 109_514_298, """{"model_type":"bert","vocab_size":30522}""" },
        {
            "roberta-base", 124_697_433,
            """{"model_type":"roberta","vocab_size":50265,"max_position_embeddings":514,"type_vocab_size":1,"pad_token_id":1}"""
        },
        {
            "llada-8b", 8_015_581_184,
            """
            {"model_type":"llada","activation_type":"silu","alibi":false,"attention_dropout":0.0,"attention_layer_norm":false,
             "bias_for_layer_norm":false,"block_group_size":1,"block_type":"llama","d_model":4096,"embedding_dropout":0.0,
             "embedding_size":126464,"include_bias":false,"include_qkv_bias":false,"init_fn":"mitchell","input_emb_norm":false,
             "layer_norm_type":"rms","max_sequence_length":4096,"mlp_hidden_size":12288,"mlp_ratio":4,"multi_query_attention":null,
             "n_heads":32,"n_kv_heads":32,"n_layers":32,"residual_dropout":0.0,"rope":true,"rope_theta":500000.0,"scale_logits":false,
             "vocab_size":126464,"weight_tying":false}
            """
        },
        {
            "dream-7b", 7_615_616_512,
            """
            {"model_type":"Dream","vocab_size":152064,"hidden_size":3584,"intermediate_size":18944,"num_hidden_layers":28,
             "num_attention_heads":28,"num_key_value_heads":4,"max_position_embeddings":131072,"rope_theta":1000000.0,
             "rope_scaling":null,"tie_word_embeddings":false,"pad_token_id":151643,"mask_token_id":151666}
            """
        },
        {
            "qwen2.5-0.5b", 494_032_768,
            """
            {"model_type":"qwen2","vocab_size":151936,"hidden_size":896,"intermediate_size":4864,"num_hidden_layers":24,
             "num_attention_heads":14,"num_key_value_heads":2,"rope_theta":1000000.0,"tie_word_embeddings":true}
            """
        },
        {
            "qwen3-0.6b", 596_049_920,
            """
            {"model_type":"qwen3","vocab_size":151936,"hidden_size":1024,"intermediate_size":3072,"num_hidden_layers":28,
             "num_attention_heads":16,"num_key_value_heads":8,"head_dim":128,"rope_theta":1000000,"tie_word_embeddings":true}
            """
        },
        {
            "llama-3.2-1b", 1_235_814_400,
            """
            {"model_type":"llama","vocab_size":128256,"hidden_size":2048,"intermediate_size":8192,"num_hidden_layers":16,
             "num_attention_heads":32,"num_key_value_heads":8,"head_dim":64,"rope_theta":500000.0,"tie_word_embeddings":true,
             "rope_scaling":{"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,
             "rope_type":"llama3"}}
            """
        },
        { "gpt2", 124_439_808, """{"model_type":"gpt2","n_embd":768,"n_layer":12,"n_head":12,"n_positions":1024,"vocab_size":50257}""" },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void KeysAndShapesAreThePublishedOnes(string name, long parameters, string config)
    {
        var json = JsonConfig.Parse(config, name);
        using var model = ModelFamilies.For(json.ModelType).Build(json, ScalarType.BFloat16, new Device(DeviceType.META));
        var state = model.state_dict();
        var actual = state.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key} [{string.Join(", ", pair.Value.shape)}]");
        Assert.Equal(File.ReadAllLines(Path.Combine(Folder(), name + ".txt")), actual);
        Assert.All(state.Values, tensor => Assert.Equal(ScalarType.BFloat16, tensor.dtype));
        Assert.Equal(parameters, model.parameters().Sum(parameter => parameter.numel()));
        Assert.All(model.TiedWeights, tied => Assert.False(state.ContainsKey(tied.Absent)));
        Assert.All(model.TiedWeights, tied => Assert.True(state.ContainsKey(tied.Holder)));
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Manifests");
}
