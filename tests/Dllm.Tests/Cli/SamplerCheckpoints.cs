using System.Text.Json.Nodes;
using Dllm.Models;
using Dllm.Tokenization;
using TorchSharp;

namespace Dllm.Tests.Cli;

/// <summary>
/// A tiny checkpoint for each sampler of the command line, all over the words of <see cref="TinyCheckpoint"/>. Made once for a class of tests.
/// </summary>
public sealed class SamplerCheckpoints : IDisposable
{
    private const string Decoder =
        """
        "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
        "max_position_embeddings": 64, "initializer_range": 0.5, "rms_norm_eps": 1e-5, "rope_theta": 10000.0
        """;

    private const string Experts =
        """
        "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 8, "norm_topk_prob": true, "head_dim": 8, "rope_scaling": null
        """;

    private const string Llada2 =
        $"""
        {Decoder}, {Experts}, "num_shared_experts": 1, "n_group": 2, "topk_group": 1, "routed_scaling_factor": 2.5, "first_k_dense_replace": 1,
        "partial_rotary_factor": 0.5, "use_qk_norm": true, "use_qkv_bias": false, "use_bias": false, "score_function": "sigmoid",
        "moe_router_enable_expert_bias": true, "norm_head": false, "hidden_act": "silu"
        """;

    // Those of the tiny checkpoint, and the mask token that some families bring along.
    private const int Words = 32;

    private static readonly Dictionary<string, (string ModelType, string Config)> Models = new()
    {
        ["mdlm"] = ("modernbert", ""),
        ["bd3lm"] = ("a2d-qwen3", $"{Decoder}, \"head_dim\": 8, \"tie_word_embeddings\": true"),
        ["dream"] = ("Dream", Decoder),
        ["fast-dllm"] = (
            "llada",
            """
            "d_model": 16, "n_heads": 2, "n_kv_heads": 2, "n_layers": 2, "mlp_hidden_size": 24, "embedding_size": 32, "max_sequence_length": 64,
            "rope": true, "rope_theta": 10000.0, "block_type": "llama", "activation_type": "silu", "layer_norm_type": "rms", "rms_norm_eps": 1e-5,
            "include_bias": false, "weight_tying": false, "init_std": 0.5
            """),
        ["llada2"] = ("llada2_moe", Llada2),
        ["llada21"] = ("llada21_moe", Llada2),
        ["edit-flow"] = ("editflow-modernbert", ""),
        ["ar"] = ("llama", Decoder),
        ["rnd1"] = ("rnd1", $"{Decoder}, {Experts}, \"mask_token_id\": 31, \"hidden_act\": \"silu\""),
    };

    private readonly TinyCheckpoint _tiny = new();

    /// <summary>Every sampler, as the user writes it.</summary>
    public static IReadOnlyCollection<string> Samplers => Models.Keys;

    /// <summary>Files of a test, and what samplers without a model of their own read.</summary>
    public TinyCheckpoint Files => _tiny;

    /// <summary>How the mask token of a sampler's checkpoint is spelled.</summary>
    public static string Mask(string sampler) => TokenizerSetup.For(Models[sampler].ModelType).Mask ?? "[MASK]";

    /// <summary>The folder of a checkpoint that a sampler reads; made on first use.</summary>
    public string For(string sampler)
    {
        string folder = _tiny.At("for-" + sampler);
        if (!Directory.Exists(folder)) Make(folder, Models[sampler].ModelType, Models[sampler].Config);
        return folder;
    }

    /// <inheritdoc/>
    public void Dispose() => _tiny.Dispose();

    private void Make(string folder, string modelType, string entries)
    {
        _tiny.Copy(Path.GetFileName(folder));
        File.Delete(Path.Combine(folder, "model.safetensors"));
        var bert = JsonNode.Parse(File.ReadAllText(_tiny.ConfigFile))!.AsObject();
        var config = entries.Length == 0 ? bert : JsonNode.Parse($"{{{entries}}}")!.AsObject();
        foreach (var (name, value) in (IEnumerable<(string, JsonNode?)>)[("model_type", modelType), ("vocab_size", Words)])
            config[name] = value;
        config.Remove("architectures");
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        foreach (string file in (string[])["tokenizer_config.json", "special_tokens_map.json"]) NameTokens(Path.Combine(folder, file), modelType);
        using var generator = new torch.Generator(5, torch.CPU);
        using var model = PretrainedModel.FromConfig(folder, generator);
        model.Save(folder);
    }

    private static void NameTokens(string file, string modelType)
    {
        var tokenizer = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        (tokenizer["bos_token"], tokenizer["eos_token"]) = ("[CLS]", "[SEP]");
        if (TokenizerSetup.For(modelType).Mask is not null) tokenizer.Remove("mask_token"); // opening it adds the family's
        File.WriteAllText(file, tokenizer.ToJsonString());
    }
}
