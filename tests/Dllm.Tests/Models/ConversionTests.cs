using Dllm.Checkpoints;
using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

public class ConversionTests
{
    public static TheoryData<string> Autoregressive => [.. A2dConversion.Sources];

    public static TheoryData<string> Masked => [.. EditFlowConversion.Sources];

    [Theory]
    [MemberData(nameof(Autoregressive))]
    public void EveryWeightKeepsItsBitsAndItsType(string type)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Write(folder.File("from"), type, words: 2, ScalarType.BFloat16);
        var made = A2dConversion.Convert(folder.File("from"), folder.File("to"));
        Assert.Equal(("a2d-" + type, TinyModels.Vocabulary, 0), (made.ModelType, made.VocabularySize, made.AddedTokens));
        using var before = SafetensorsFile.Open(Path.Combine(folder.File("from"), "model.safetensors"));
        using var after = SafetensorsFile.Open(Path.Combine(folder.File("to"), "model.safetensors"));
        Assert.Equal(before.Tensors.Keys.Order(), after.Tensors.Keys.Order());
        Assert.All(before.Tensors.Keys, key => Assert.True(Same(before.Read(key), after.Read(key)), key));
        Assert.All(after.Tensors.Values, entry => Assert.Equal(SafetensorsType.BF16, entry.Type));
        var config = JsonConfig.Load(Path.Combine(folder.File("to"), "config.json"));
        Assert.Equal("a2d-" + type, config.ModelType);
        Assert.Equal(7, config.Integer("unknown")); // every other key is kept
        Assert.False(config.Has("auto_map"));
        Assert.Equal("{ \"max_length\": 9 }", File.ReadAllText(Path.Combine(folder.File("to"), "generation_config.json")));
    }

    [Theory]
    [MemberData(nameof(Autoregressive))]
    public void ItLoadsAndSeesBothSides(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        Write(folder.File("from"), type, words: 2);
        A2dConversion.Convert(folder.File("from"), folder.File("to"));
        using var model = PretrainedModel.Load(folder.File("to"));
        Assert.Equal("<|mask|>", model.Tokenizer!.SpecialTokens.Mask);
        var ids = TinyModels.Ids(1, 6);
        var first = model.Denoiser.Forward(new DenoiserInput(ids)).narrow(1, 0, 1);
        ids[0, 5] = ids[0, 5].eq(2).to_type(ScalarType.Int64) + 2; // another token
        Assert.True((first - model.Denoiser.Forward(new DenoiserInput(ids)).narrow(1, 0, 1)).abs().max().item<float>() > 1e-4);
    }

    [Theory]
    [InlineData("llama", true, "model.embed_tokens.weight")]
    [InlineData("llama", false, "model.embed_tokens.weight", "lm_head.weight")]
    [InlineData("qwen3", true, "model.embed_tokens.weight")]
    [InlineData("gpt2", true, "transformer.wte.weight")]
    public void AModelWithoutRoomForTheMaskGrowsByTheMean(string type, bool tied, params string[] keys)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Write(folder.File("from"), type, words: 5, tied: tied); // 50 tokens, as many as the model has
        var made = A2dConversion.Convert(folder.File("from"), folder.File("to"));
        Assert.Equal((51, 1, 50), (made.VocabularySize, made.AddedTokens, made.MaskId));
        using var before = PretrainedModel.Load(folder.File("from"));
        using var after = PretrainedModel.Load(folder.File("to"));
        foreach (var key in keys)
        {
            var (old, grown) = (before.Denoiser.state_dict()[key], after.Denoiser.state_dict()[key]);
            Assert.True(Same(old, grown.narrow(0, 0, 50)));
            Assert.True((old.mean([0]) - grown[50]).abs().max().item<float>() < 1e-6);
        }

        Assert.Equal(51, after.Denoiser.VocabularySize);
    }

    [Theory]
    [MemberData(nameof(Masked))]
    public void EditFlowHeadsBeginAsTheBasesHead(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        Write(folder.File("from"), type, words: 2);
        EditFlowConversion.Convert(folder.File("from"), folder.File("to"), seed: 1);
        EditFlowConversion.Convert(folder.File("from"), folder.File("again"), seed: 1);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder.File("to"), "model.safetensors")),
            File.ReadAllBytes(Path.Combine(folder.File("again"), "model.safetensors")));
        using var before = PretrainedModel.Load(folder.File("from"));
        using var after = PretrainedModel.Load(folder.File("to"));
        var (old, state) = (before.Denoiser.state_dict(), after.Denoiser.state_dict());
        Assert.All(old, item => Assert.True(Same(item.Value, state[item.Key]), item.Key));
        var layout = EditFlowLayout.All.Single(row => row.BaseType == type);
        var (weight, bias) = EditFlow.FindHead(before.Denoiser, layout.HeadKey);
        foreach (var name in (string[])["sub_logits", "ins_logits"])
        {
            Assert.True(Same(weight, state[name + ".weight"]));
            Assert.True(bias is null || Same(bias, state[name + ".bias"]));
        }

        Assert.True(state["rate_heads.0.bias"].eq(0).all().item<bool>());
        using var prediction = ((IEditDenoiser)after.Denoiser).Predict(new DenoiserInput(TinyModels.Ids(1, 4)), null);
        Assert.Equal([1L, 4], prediction.InsertionRates.shape);
    }

    [Fact]
    public void EachMistakeIsOneClearErrorAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var (from, to) = (folder.File("from"), folder.File("to"));
        Write(from, "llama", words: 2);
        Fails(() => A2dConversion.Convert(folder.File("nowhere"), to), "does not exist");
        Fails(() => EditFlowConversion.Convert(from, to), "'llama' cannot be converted so", "dllm convert a2d");
        Fails(() => A2dConversion.Convert(from, from), "is not an empty folder");
        File.WriteAllText(folder.File("file"), "");
        Fails(() => A2dConversion.Convert(from, folder.File("file")), "is not an empty folder");
        Fails(() => A2dConversion.Convert(from, Path.Combine(folder.File("file"), "below")), "cannot be written");
        File.Delete(Path.Combine(from, "tokenizer.json"));
        Fails(() => A2dConversion.Convert(from, to), "has no tokenizer.json");
        Write(folder.File("masked"), "bert", words: 2);
        Fails(() => A2dConversion.Convert(folder.File("masked"), to), "'bert' cannot be converted so");
        var config = JsonConfig.Load(Path.Combine(from, "config.json"));
        File.WriteAllText(Path.Combine(from, "config.json"), config.With("hidden_size", 24).ToJson());
        Fails(() => A2dConversion.Convert(from, to), "does not fit the model that config.json describes");
        Assert.Equal(["file", "from", "masked"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void ConvertingLeavesNothingInMemory()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("from"), "llama", words: 5);
        A2dConversion.Convert(folder.File("from"), folder.File("first"));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        A2dConversion.Convert(folder.File("from"), folder.File("second"));
        EditFlowConversion.Convert(folder.File("second"), folder.File("third"));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void ARealModelConvertsAndSamples()
    {
        var weights = Path.GetFullPath(Path.Combine(Root(), "..", "shared", "data", "weights", "stories260K", "hf"));
        Assert.SkipUnless(Directory.Exists(weights), $"{weights} is not there");
        using var folder = new TemporaryFolder();
        var made = A2dConversion.Convert(weights, folder.File("a2d"));
        Assert.Equal(("a2d-llama", 513, 512), (made.ModelType, made.VocabularySize, made.MaskId));
        using var model = PretrainedModel.Load(folder.File("a2d"));
        var prompt = model.Tokenizer!.Encode("Once upon a time");
        var sampler = new MdlmSampler(model.Denoiser, new MdlmSamplerOptions { Steps = 8, MaxNewTokens = 8, BlockSize = 8 });
        var canvas = Canvas.ForCompletion([prompt], 8, 512, 2);
        foreach (var step in sampler.Sample(canvas))
            canvas.Apply(step);
        Assert.Equal(0, canvas.MasksLeft);
        Assert.Equal(8, canvas.Written(0).Length);
    }

    /// <summary>A checkpoint with a tokenizer of 45 tokens and some words.</summary>
    private static void Write(string directory, string type, int words, ScalarType dtype = ScalarType.Float32, bool tied = true)
    {
        Directory.CreateDirectory(directory);
        var config = JsonConfig.Parse(TinyModels.Config(type), "config.json").With("unknown", 7).With("auto_map", "x")
            .With("tie_word_embeddings", tied);
        File.WriteAllText(Path.Combine(directory, "config.json"), config.ToJson());
        using (var model = PretrainedModel.FromConfig(directory, new Generator(1), dtype))
            model.Save(directory);
        File.WriteAllText(Path.Combine(directory, "generation_config.json"), "{ \"max_length\": 9 }");
        WordPieceBuilder.Build(
            Enumerable.Range(0, words).Select(i => $"w{i}"),
            new WordPieceOptions { Alphabet = [.. "abcdefghijklmnopqrst"] }).Save(directory);
    }

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..");

    private static bool Same(Tensor first, Tensor second) => first.dtype == second.dtype && first.eq(second).all().item<bool>();

    private static void Fails(Action action, params string[] expected)
    {
        var error = Assert.Throws<DllmException>(action);
        Assert.All(expected, text => Assert.Contains(text, error.Message));
    }
}
