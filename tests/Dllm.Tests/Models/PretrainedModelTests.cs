using System.Text.Json.Nodes;
using Dllm.Checkpoints;
using Dllm.Models;
using Dllm.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

public class PretrainedModelTests
{
    public static TheoryData<string> Types => [.. TinyModels.Types];

    [Theory]
    [MemberData(nameof(Types))]
    public void SavedAndLoadedIsTheSameModel(string type)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        TinyModels.Save(type, folder);
        using var model = PretrainedModel.Load(folder.Path);
        using var original = TinyModels.Build(type, seed: 1);
        var (expected, actual) = (original.state_dict(), model.Denoiser.state_dict());
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, item => Assert.Equal(item.Value.data<float>().ToArray(), actual[item.Key].data<float>().ToArray()));
        var input = new DenoiserInput(TinyModels.Ids(1, 6));
        var difference = (original.Forward(input) - model.Denoiser.Forward(input)).abs().max().item<float>();
        Assert.InRange(difference, 0, 1e-5f); // products round by where a matrix lies, and a mapped file's lie anywhere
        Assert.Null(model.Tokenizer);
        Assert.Empty(model.Warnings);
        Assert.False(model.Denoiser.training);

        using var file = SafetensorsFile.Open(folder.File("model.safetensors"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.All(model.Denoiser.TiedWeights, tied => Assert.DoesNotContain(tied.Absent, file.Tensors.Keys));
    }

    [Fact]
    public void SavingKeepsEveryKeyOfTheConfiguration()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("bert", folder);
        var json = JsonConfig.Load(folder.File("config.json"));
        Assert.Equal("float32", json.Text("torch_dtype"));
        File.WriteAllText(folder.File("config.json"), json.With("dtype", "float32").With("torch_dtype", null).With("unknown", 7).ToJson());
        using (var model = PretrainedModel.Load(folder.Path, ScalarType.BFloat16))
            model.Save(folder.Path);
        json = JsonConfig.Load(folder.File("config.json"));
        Assert.Equal(7, json.Integer("unknown"));
        Assert.Equal("bfloat16", json.Text("dtype"));
        Assert.False(json.Has("torch_dtype"));
        using var file = SafetensorsFile.Open(folder.File("model.safetensors"));
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(SafetensorsType.BF16, tensor.Type));
    }

    [Fact]
    public void AModelMaySaveOverTheFileItWasOpenedFrom()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        TinyModels.Save("modernbert", folder);
        var before = File.ReadAllBytes(folder.File("model.safetensors"));
        using (var model = PretrainedModel.Load(folder.Path))
        {
            model.Save(folder.Path);
            Assert.Equal(before, File.ReadAllBytes(folder.File("model.safetensors")));
            model.Denoiser.Forward(new DenoiserInput(TinyModels.Ids(1, 4)));
        }
    }

    [Fact]
    public void AModelOutlivesTheScopeItWasOpenedIn()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("modernbert", folder);
        PretrainedModel model;
        using (NewDisposeScope())
            model = PretrainedModel.Load(folder.Path);
        using var scope = NewDisposeScope();
        Assert.Equal(4, model.Denoiser.Forward(new DenoiserInput(TinyModels.Ids(1, 4))).size(1));
        model.Dispose();
    }

    [Fact]
    public void TheSameSeedGivesTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("c.json"), TinyModels.Config("modernbert"));
        float[] Draw(ulong seed)
        {
            using var generator = new Generator(seed);
            using var model = PretrainedModel.FromConfig(folder.File("c.json"), generator);
            return [.. model.Denoiser.parameters().SelectMany(p => p.detach().flatten().data<float>().ToArray())];
        }

        Assert.Equal(Draw(4), Draw(4));
        Assert.NotEqual(Draw(4), Draw(5));
    }

    [Fact]
    public void AnUntiedHeadIsItsOwn()
    {
        string[] heads = ["decoder.weight", "lm_head.weight", "model.transformer.ff_out.weight"];
        foreach (var type in TinyModels.Types)
        {
            var json = JsonConfig.Parse(TinyModels.Config(type), "c").With("tie_word_embeddings", false).With("weight_tying", false);
            using var model = ModelFamilies.For(type).Build(json, ScalarType.Float32, CPU);
            Assert.Contains(model.state_dict().Keys, key => heads.Any(head => key.EndsWith(head, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void PublishedGpt2FilesLeaveAPrefixOutAndHoldMasks()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("gpt2", folder);
        using var scope = NewDisposeScope();
        using var expected = PretrainedModel.Load(folder.Path);
        var state = expected.Denoiser.state_dict().ToDictionary(pair => pair.Key["transformer.".Length..], pair => pair.Value.clone());
        state["h.0.attn.bias"] = ones(1, 1, 64, 64).tril();
        CheckpointWriter.SaveWeights(folder.Path, state);
        using var model = PretrainedModel.Load(folder.Path);
        var ids = TinyModels.Ids(1, 5);
        Assert.True(expected.Denoiser.Forward(new DenoiserInput(ids)).eq(model.Denoiser.Forward(new DenoiserInput(ids))).all().item<bool>());
    }

    [Fact]
    public void EachWrongFolderIsOneClearError()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("modernbert", folder);
        var weights = File.ReadAllBytes(folder.File("model.safetensors"));
        var config = File.ReadAllText(folder.File("config.json"));

        Fails("/no/such/folder", "'/no/such/folder' does not exist");
        File.WriteAllBytes(folder.File("model.safetensors"), weights.AsSpan(0, weights.Length - 1));
        Fails(folder.Path, "model.safetensors");
        File.WriteAllBytes(folder.File("model.safetensors"), weights);
        File.WriteAllText(folder.File("config.json"), config[..^10]);
        Fails(folder.Path, "not valid JSON");
        File.WriteAllText(folder.File("config.json"), config.Replace("modernbert", "gpt17", StringComparison.Ordinal));
        Fails(folder.Path, "'gpt17' is not supported");
        File.Delete(folder.File("config.json"));
        Fails(folder.Path, "config.json' does not exist");
        File.Delete(folder.File("model.safetensors"));
        Fails(folder.Path, "holds neither");
    }

    [Theory]
    [InlineData("vocab_size", 2_000_000_000, "vocab_size is 2000000000, but no model has more than")]
    [InlineData("vocab_size", 2_000_000, "does not fit the model that config.json describes")]
    [InlineData("hidden_size", 2_000_000, "does not fit the model that config.json describes")]
    [InlineData("intermediate_size", 1_000_000_000, "intermediate_size is 1000000000, but no model has more than")]
    [InlineData("num_hidden_layers", 900, "num_hidden_layers is 900, but the weights have no more than")]
    [InlineData("num_hidden_layers", 3_000, "num_hidden_layers is 3000, but no model has more than")]
    [InlineData("num_hidden_layers", 1_000_000_000, "num_hidden_layers is 1000000000, but no model has more than")]
    [InlineData("num_hidden_layers", 4, "does not fit the model that config.json describes")]
    public void ASizeTheWeightsDoNotHaveIsFoundBeforeMemoryIsSetAside(string key, int value, string message)
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("modernbert", folder);
        File.WriteAllText(folder.File("config.json"), JsonConfig.Load(folder.File("config.json")).With(key, value).ToJson());
        Fails(folder.Path, message);
        Assert.Contains(CheckpointInspection.Of(folder.Path).Faults, fault => fault.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("num_experts", 100, "num_experts is 100, but the weights have no more than 45 tensors")]
    [InlineData("num_experts", 30, "2 layers with 30 experts each cannot be made of the 45 tensors")]
    [InlineData("num_hidden_layers", 1_000, "num_hidden_layers is 1000, but the weights have no more than 45 tensors")]
    public void ExpertsThatTheWeightsDoNotHaveAreNotBuilt(string key, int value, string message)
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("rnd1", folder);
        File.WriteAllText(folder.File("config.json"), JsonConfig.Load(folder.File("config.json")).With(key, value).ToJson());
        Fails(folder.Path, message);
    }

    [Theory]
    [InlineData("rnd1", "num_experts", 10_000)]
    [InlineData("rnd1", "num_hidden_layers", 1_001)]
    [InlineData("gpt2", "n_embd", 2_000_000_000)]
    [InlineData("llada", "n_layers", 2_000_000_000)]
    public void WithoutWeightsCountsThatNoModelHasAreRefused(string modelType, string key, int value)
    {
        using var folder = new TemporaryFolder();
        var config = JsonConfig.Parse(TinyModels.Config(modelType), "config.json").With("num_hidden_layers", 100).With("num_experts", 2000).With(key, value);
        File.WriteAllText(folder.File("config.json"), config.ToJson());
        using var generator = new TorchSharp.torch.Generator(1);
        Assert.Throws<DllmException>(() => PretrainedModel.FromConfig(folder.Path, generator));
    }

    [Theory]
    [InlineData("num_attention_heads", 3, "head width")]
    [InlineData("num_hidden_layers", 0, "from 1 to")]
    [InlineData("hidden_activation", "tanhh", "one of gelu")]
    [InlineData("norm_eps", "x", "must be a number")]
    [InlineData("pad_token_id", 50, "from 0 to 49")]
    [InlineData("attention_dropout", 2, "from 0 to 1")]
    public void AWrongConfigurationNamesTheKey(string key, object value, string expected)
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("modernbert", folder);
        JsonNode node = value is int number ? number : (string)value;
        File.WriteAllText(folder.File("config.json"), JsonConfig.Load(folder.File("config.json")).With(key, node).ToJson());
        Fails(folder.Path, expected, key);
    }

    [Fact]
    public void BothSpellingsOfRotaryAndLayerKindsAgree()
    {
        using var scope = NewDisposeScope();
        var old = JsonConfig.Parse(TinyModels.Config("modernbert"), "old")
            .With("global_rope_theta", 5000.0).With("local_rope_theta", 50.0).With("global_attn_every_n_layers", 2);
        var renewed = JsonConfig.Parse(TinyModels.Config("modernbert"), "new")
            .With("layer_types", new JsonArray("full_attention", "sliding_attention", "full_attention"))
            .With("rope_parameters", JsonNode.Parse(
                """{"full_attention":{"rope_type":"default","rope_theta":5000.0},"sliding_attention":{"rope_theta":50.0}}"""));
        var logits = new List<float[]>();
        foreach (var json in (JsonConfig[])[old, renewed, JsonConfig.Parse(TinyModels.Config("modernbert"), "default")])
        {
            using var model = ModelFamilies.For("modernbert").Build(json, ScalarType.Float32, CPU);
            model.Initialize(new Generator(2));
            logits.Add(model.Forward(new DenoiserInput(TinyModels.Ids(1, 12))).data<float>().ToArray());
        }

        Assert.Equal(logits[0], logits[1]);
        Assert.NotEqual(logits[0], logits[2]);
    }

    [Fact]
    public void ATokenizerComesWithItsFamilysSetUpAndIsSavedAlong()
    {
        using var folder = new TemporaryFolder();
        using var copy = new TemporaryFolder();
        TinyModels.Save("modernbert", folder);
        File.WriteAllText(folder.File("generation_config.json"), """{"max_length":9}""");
        SmallTokenizer(words: 3).Save(folder.Path);
        using var model = PretrainedModel.Load(folder.Path);
        Assert.Equal(TinyModels.Vocabulary - 2, model.Tokenizer!.VocabularySize);
        Assert.Contains("[Answer]", model.Tokenizer.ChatTemplateSource); // the family's, for the files bring none
        model.Save(copy.Path);
        using var again = PretrainedModel.Load(copy.Path);
        Assert.Equal(model.Tokenizer.Encode("w1 w2"), again.Tokenizer!.Encode("w1 w2"));
        Assert.Equal(9, again.Generation!.Integer("max_length"));
    }

    [Fact]
    public void ATokenizerLargerThanTheModelIsRefused()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("modernbert", folder);
        SmallTokenizer(words: 6).Save(folder.Path);
        Fails(folder.Path, "vocab_size is 50 but the tokenizer has 51 tokens", "use the tokenizer that came with the weights");
        using var generator = new Generator(0);
        Assert.Throws<DllmException>(() => PretrainedModel.FromConfig(folder.Path, generator));
        File.Delete(folder.File("tokenizer.json"));
        using var model = PretrainedModel.Load(folder.Path);
        Assert.Throws<DllmException>(() => model.With(SmallTokenizer(words: 6)));
        Assert.NotNull(model.With(SmallTokenizer(words: 5)).Tokenizer);
    }

    /// <summary>Five special tokens, twenty letters alone and as continuations, and some words.</summary>
    private static Tokenizer SmallTokenizer(int words) => WordPieceBuilder.Build(
        Enumerable.Range(0, words).Select(i => $"w{i}"), new WordPieceOptions { Alphabet = [.. "abcdefghijklmnopqrst"] });

    [Fact]
    public void LoadingAndDisposingLeavesNothingBehind()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("modernbert", folder);
        PretrainedModel.Load(folder.Path).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        PretrainedModel.Load(folder.Path).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void Fails(string directory, params string[] expected)
    {
        var error = Assert.Throws<DllmException>(() => PretrainedModel.Load(directory));
        Assert.All(expected, text => Assert.Contains(text, error.Message));
    }
}
