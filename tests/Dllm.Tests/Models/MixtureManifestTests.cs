using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Dllm.Checkpoints;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

/// <summary>
/// Every key and shape of the published mixtures of experts, on the meta device. In a manifest, {a..b} stands for every number from a to b.
/// </summary>
public partial class MixtureManifestTests
{
    public static TheoryData<string, long, string> Published => new()
    {
        {
            "llada-moe-7b-a1b", 7_356_880_896,
            """
            {"model_type":"lladamoe","vocab_size":157184,"hidden_size":2048,"dense_intermediate_size":8192,"expert_intermediate_size":1024,
             "shared_expert_intermediate_size":null,"num_hidden_layers":16,"num_attention_heads":16,"num_key_value_heads":16,
             "rope_theta":50000,"partial_rotary_factor":1,"qk_layernorm":true,"num_experts":64,"num_experts_per_tok":8,
             "moe_layer_freq":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"pad_token_id":156892}
            """
        },
        { "llada2-mini", 16_255_638_528, Llada2("llada2_moe", 2048, 5120, 20, 16, 512, 32_768) },
        { "llada2-mini", 16_255_638_528, Llada2("llada21_moe", 2048, 5120, 20, 16, 512, 32_768) },
        { "llada2-flash", 102_889_697_280, Llada2("llada2_moe", 4096, 9216, 32, 32, 1024, 32_768) },
        { "llada2-flash", 102_889_697_280, Llada2("llada21_moe", 4096, 9216, 32, 32, 1024, 32_768) },
        {
            "rnd1-30b", 30_532_122_624,
            """
            {"model_type":"rnd1","vocab_size":151936,"hidden_size":2048,"intermediate_size":6144,"moe_intermediate_size":768,"head_dim":128,
             "num_hidden_layers":48,"num_attention_heads":32,"num_key_value_heads":4,"num_experts":128,"num_experts_per_tok":8,
             "rope_scaling":false,"rope_theta":1000000.0,"tie_word_embeddings":false,"pad_token_id":151643}
            """
        },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void KeysAndShapesAreThePublishedOnes(string name, long parameters, string config)
    {
        var json = JsonConfig.Parse(config, name);
        using var model = ModelFamilies.For(json.ModelType).Build(json, ScalarType.BFloat16, new Device(DeviceType.META));
        var state = model.state_dict();
        var actual = state.Select(pair => $"{pair.Key} [{string.Join(", ", pair.Value.shape)}]").ToHashSet();
        var expected = File.ReadAllLines(Path.Combine(Folder(), name + ".txt")).SelectMany(Expand).ToHashSet();
        Assert.Empty(expected.Except(actual).Take(5));
        Assert.Empty(actual.Except(expected).Take(5));
        Assert.All(state, pair => Assert.Equal(IsBias(pair.Key) ? ScalarType.Float32 : ScalarType.BFloat16, pair.Value.dtype));
        Assert.Equal(parameters, model.parameters().Sum(parameter => parameter.numel()));

        static bool IsBias(string key) => key.EndsWith("expert_bias", StringComparison.Ordinal);
    }

    private static string Llada2(string type, int width, int inner, int layers, int heads, int expert, int positions) =>
        $$"""
        {"model_type":"{{type}}","vocab_size":157184,"hidden_size":{{width}},"intermediate_size":{{inner}},"num_hidden_layers":{{layers}},
         "num_attention_heads":{{heads}},"num_key_value_heads":4,"head_dim":128,"use_qkv_bias":false,"use_qk_norm":true,"use_bias":false,
         "moe_intermediate_size":{{expert}},"num_experts":256,"num_shared_experts":1,"num_experts_per_tok":8,"n_group":8,"topk_group":4,
         "first_k_dense_replace":1,"max_position_embeddings":{{positions}},"rope_theta":600000,"partial_rotary_factor":0.5,
         "rope_scaling":null,"pad_token_id":156892,"tie_word_embeddings":false}
        """;

    private static IEnumerable<string> Expand(string line)
    {
        var match = Range().Match(line);
        if (!match.Success)
            return [line];
        var (first, last) = (int.Parse(match.Groups[1].Value), int.Parse(match.Groups[2].Value));
        return Enumerable.Range(first, last - first + 1).SelectMany(n => Expand(line[..match.Index] + n + line[(match.Index + match.Length)..]));
    }

    [GeneratedRegex(@"\{(\d+)\.\.(\d+)\}")]
    private static partial Regex Range();

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Manifests");
}
