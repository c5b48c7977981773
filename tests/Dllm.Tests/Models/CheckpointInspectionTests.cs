using System.Text.Json.Nodes;
using Dllm.Checkpoints;
using Dllm.Models;
using Dllm.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

/// <summary>All that is wrong with a checkpoint is said at once, by inspecting it and by opening it.</summary>
public sealed class CheckpointInspectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CheckpointInspectionTests() => TinyModels.Save("modernbert", _folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AWholeCheckpointIsDescribed()
    {
        var found = CheckpointInspection.Of(_folder.Path);
        Assert.Empty(found.Faults);
        Assert.Equal("modernbert", found.Family!.ModelType);
        var sizes = found.Sizes!;
        Assert.Equal((3, 16, 2, 50, 64), (sizes.Layers, sizes.Width, sizes.Heads, sizes.Vocabulary, sizes.Context));
        var type = Assert.Single(found.StoredTypes);
        Assert.Equal(SafetensorsType.F32, type.Type);
        Assert.Equal(sizes.Parameters, type.Elements);
        Assert.Equal(sizes.Parameters, sizes.ActiveParameters);
        Assert.Equal(4 * type.Elements, type.Bytes);
        Assert.Equal(new FileInfo(Weights).Length, Assert.Single(found.Weights.Files).Bytes);
    }

    [Fact]
    public void OfAMixtureATokenUsesTheExpertsItGoesTo()
    {
        var json = JsonConfig.Parse(TinyModels.Config("lladamoe"), "config.json");
        using var plan = ModelFamilies.For("lladamoe").Build(json, ScalarType.Float32, new Device(DeviceType.META));
        var sizes = ModelSizes.Of(plan, json);
        var experts = plan.named_parameters().Where(pair => pair.name.Contains(".experts.", StringComparison.Ordinal))
            .Sum(pair => pair.parameter.numel());
        Assert.Equal((json.Integer("num_experts"), json.Integer("num_experts_per_tok")), (sizes.ExpertsPerLayer, sizes.ExpertsPerToken));
        Assert.Equal(sizes.Parameters - experts + (experts / sizes.ExpertsPerLayer * sizes.ExpertsPerToken), sizes.ActiveParameters);
        Assert.True(sizes.ActiveParameters < sizes.Parameters);
    }

    [Fact]
    public void EveryWrongKeyIsNamed()
    {
        Change(config => config.With("vocab_size", "x").With("num_attention_heads", "many").With("hidden_activation", "tanhh")
            .With("num_hidden_layers", 0));
        Wrong("'vocab_size' is \"x\"", "'num_attention_heads' is \"many\"", "'hidden_activation' is tanhh", "'num_hidden_layers' is 0");
    }

    [Fact]
    public void AMissingKeyIsNamedAndTheRestIsStillRead()
    {
        TinyModels.Save("bert", _folder);
        Change(config => config.With("vocab_size", null).With("num_hidden_layers", "two").With("layer_norm_eps", -1));
        Wrong("has no 'vocab_size'", "'num_hidden_layers' is \"two\"", "'layer_norm_eps' is -1");
    }

    [Fact]
    public void FilesAndConfigurationAreBothSaid()
    {
        Change(config => config.With("vocab_size", "x"));
        File.Delete(Weights);
        File.WriteAllText(_folder.File("pytorch_model.bin"), "x");
        File.WriteAllText(_folder.File("generation_config.json"), "{");
        File.WriteAllText(_folder.File("tokenizer.json"), "{}");
        Wrong("'vocab_size' is \"x\"", "as a pickle (pytorch_model.bin)", "generation_config.json", "tokenizer.json");
    }

    [Fact]
    public void AnUnknownFamilyIsMetWithTheNearestAndTheList()
    {
        Change(config => config.With("model_type", "modernbertt"));
        var fault = Wrong("model_type 'modernbertt' is not supported", "is 'modernbert' meant?", "roberta");
        Assert.DoesNotContain("things are wrong", fault);
        Change(config => config.With("model_type", null));
        Wrong("has no 'model_type'");
        Change(config => config.With("model_type", 7));
        Wrong("'model_type' is 7");
    }

    [Fact]
    public void EveryBrokenShardIsSaid()
    {
        using (var model = PretrainedModel.Load(_folder.Path))
            CheckpointWriter.SaveWeights(_folder.Path, model.Denoiser.state_dict(), shardBytes: 6000);
        var shards = Directory.GetFiles(_folder.Path, "model-*.safetensors").Order().ToList();
        Assert.True(shards.Count >= 4, $"{shards.Count} shards");
        Assert.Equal(shards.Count, CheckpointInspection.Of(_folder.Path).Weights.Files.Count);
        File.Delete(shards[0]);
        File.WriteAllBytes(shards[1], File.ReadAllBytes(shards[1])[..^1]);
        const string Overlapping =
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""";
        File.Move(RawSafetensors.Write(_folder, Overlapping, new byte[12]), shards[2], overwrite: true);
        Wrong("model-00001-of", "does not exist", "model-00002-of", "claims bytes", "model-00003-of", "overlaps");
    }

    [Fact]
    public void WeightsOfAnotherShapeOrTypeAreSaid()
    {
        using (var scope = NewDisposeScope())
        {
            using var reader = CheckpointReader.Open(_folder.Path);
            var tensors = reader.Tensors.Keys.ToDictionary(name => name, reader.Read);
            tensors["head.dense.weight"] = ones(17, 16);
            tensors["head.norm.weight"] = ones(16, ScalarType.Int64);
            tensors["surplus"] = ones(1);
            SafetensorsWriter.Write(_folder.File("other.safetensors"), tensors);
        }

        File.Move(_folder.File("other.safetensors"), Weights, overwrite: true);
        Wrong(
            "3 differences", "'head.dense.weight' is [17, 16] but must be [16, 16]", "'head.norm.weight' holds I64", "unexpected 'surplus'");
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void ASingleNaNInTheMiddleIsAWarning(ScalarType dtype)
    {
        const string Name = "model.embeddings.tok_embeddings.weight";
        using var scope = NewDisposeScope();
        using (var reader = CheckpointReader.Open(_folder.Path))
        {
            var tensors = reader.Tensors.Keys.ToDictionary(name => name, reader.Read);
            tensors[Name] = tensors[Name].clone();
            tensors[Name][21, 7] = float.NaN;
            SafetensorsWriter.Write(_folder.File("other.safetensors"), tensors);
        }

        File.Move(_folder.File("other.safetensors"), Weights, overwrite: true);
        using var model = PretrainedModel.Load(_folder.Path, dtype);
        Assert.Contains($"hold NaN or infinity: {Name}", Assert.Single(model.Warnings));
        Assert.Empty(CheckpointInspection.Of(_folder.Path).Faults);
    }

    [Fact]
    public void NestedKeysAreSaidToo()
    {
        Change(config => config.With(
            "rope_parameters", JsonNode.Parse("""{"full_attention":{"rope_theta":"x"},"sliding_attention":{"rope_theta":"y"}}""")));
        Wrong("full_attention': 'rope_theta' is \"x\"", "sliding_attention': 'rope_theta' is \"y\"");
    }

    [Fact]
    public void InspectingLeavesNothingBehind()
    {
        CheckpointInspection.Of(_folder.Path);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        CheckpointInspection.Of(_folder.Path);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private string Weights => _folder.File("model.safetensors");

    private void Change(Func<JsonConfig, JsonConfig> change)
    {
        var path = _folder.File("config.json");
        File.WriteAllText(path, change(JsonConfig.Load(path)).ToJson());
    }

    /// <summary>Checks that both ways of finding out say all of it; gives the message of opening.</summary>
    private string Wrong(params string[] expected)
    {
        var faults = string.Join("\n", CheckpointInspection.Of(_folder.Path).Faults.Select(fault => fault.Message));
        var error = Assert.Throws<DllmException>(() => PretrainedModel.Load(_folder.Path)).Message;
        Assert.All(expected, text => Assert.Contains(text, faults));
        Assert.All(expected, text => Assert.Contains(text, error));
        return error;
    }
}
