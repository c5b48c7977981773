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
