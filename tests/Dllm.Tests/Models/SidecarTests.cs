using Dllm.Checkpoints;
using Dllm.Models;
using Dllm.Tokenization;

namespace Dllm.Tests.Models;

/// <summary>What the files beside the weights say is done, or named.</summary>
public class SidecarTests
{
    private const string Words = """
        {"added_tokens": [], "pre_tokenizer": {"type": "WhitespaceSplit"},
         "model": {"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "<mask>": 3, "a": 4, "b": 5, "<|e|>": 6}}}
        """;

    private static PretrainedModel Open(
        string modelType, Func<JsonConfig, JsonConfig>? config = null, string? generation = null, string? tokenizer = null)
    {
        using var folder = new TemporaryFolder();
        Write(folder, modelType, config, generation, tokenizer);
        return PretrainedModel.Load(folder.Path);
    }

    private static void Write(
        TemporaryFolder folder, string modelType, Func<JsonConfig, JsonConfig>? config = null, string? generation = null, string? tokenizer = null)
    {
        TinyModels.Save(modelType, folder);
        if (config is not null) File.WriteAllText(folder.File("config.json"), config(JsonConfig.Load(folder.File("config.json"))).ToJson());
        if (generation is not null) File.WriteAllText(folder.File("generation_config.json"), generation);
        if (tokenizer is null) return;
        File.WriteAllText(folder.File("tokenizer.json"), Words);
        File.WriteAllText(folder.File("tokenizer_config.json"), tokenizer);
    }

    private const string Named = """{"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "mask_token": "<mask>"}""";

    [Theory]
    [InlineData("""{"eos_token_id": [6, 5]}""", 4, new[] { 2, 6, 5 })]
    [InlineData("""{"eos_token_id": 6}""", 4, new[] { 2, 6 })]
    [InlineData("""{"eos_token_id": null}""", 4, new[] { 2, 4 })]
    [InlineData("{}", 4, new[] { 2, 4 })]
    [InlineData("""{"eos_token_id": [2, 99, -1]}""", null, new[] { 2 })]
    [InlineData(null, null, new[] { 2 })]
    public void SeveralTokensEndATextByTheFirstFileThatNamesAny(string? generation, int? ofConfig, int[] ends)
    {
        using var model = Open("llama", config => ofConfig is { } id ? config.With("eos_token_id", id) : config, generation, Named);
        Assert.Equal(ends, model.Ends!.TokenIds);
        Assert.Equal(generation?.Contains("99", StringComparison.Ordinal) ?? false, model.Warnings.Any(said => said.Contains("eos_token_id names 99, -1", StringComparison.Ordinal)));
    }

    [Fact]
    public void PublishedKeysOfNoConsequenceAreNotNamed()
    {
        foreach (var type in TinyModels.Types)
        {
            using var model = Open(
                type, config => config.With("architectures", "x").With("transformers_version", "4").With("use_cache", true).With("quantization_config", null),
                """{"_from_model_config": true, "do_sample": false, "temperature": 0.6, "top_p": 0.9, "transformers_version": "4"}""");
            Assert.Empty(model.Warnings);
        }
    }

    [Theory]
    [InlineData("logit_scale", 0.0625, "config.json asks for logit_scale 0.0625, which is not supported and is ignored")]
    [InlineData("flux_capacitor", 3.0, "config.json has unknown keys, which are ignored: flux_capacitor 3")]
    [InlineData("n_layer", 3.0, "config.json contradicts itself: num_hidden_layers 2, n_layer 3")]
    [InlineData("dtype", "bfloat16", "config.json says bfloat16, but the weights are F32")]
    public void WhatIsNotDoneIsNamedOnce(string key, object value, string expected)
    {
        using var folder = new TemporaryFolder();
        Write(folder, "llama", config => value is string text ? config.With("torch_dtype", null).With(key, text) : config.With(key, (double)value));
        using var model = PretrainedModel.Load(folder.Path);
        Assert.Contains(expected, Assert.Single(model.Warnings));
        Assert.Contains(expected, Assert.Single(CheckpointInspection.Of(folder.Path).Warnings));
    }

    [Fact]
    public void DefaultsOfGenerationAreNamedWithTheirOptions()
    {
        using var model = Open("llama", generation: """{"do_sample": true, "temperature": 0.6, "top_p": 0.9, "top_k": 50, "repetition_penalty": 1.05}""");
        Assert.Equal(
            "generation_config.json asks for temperature 0.6, top_p 0.9, repetition_penalty 1.05, "
            + "which is not the default here: give --temperature 0.6 --top-p 0.9 where the sampler has them",
            Assert.Single(model.Warnings));
    }

    [Fact]
    public void TwoSpellingsOfPositionsMustAgree()
    {
        static JsonConfig With(JsonConfig config, string json) => JsonConfig.Parse(config.ToJson().TrimEnd()[..^1] + "," + json + "}", "config.json");
        using var same = Open("llama", config => With(config, """
            "rope_parameters": {"rope_type": "linear", "factor": 2, "rope_theta": 10000}, "rope_scaling": {"type": "linear", "factor": 2}
            """));
        Assert.Empty(same.Warnings);
        Assert.Contains("contradict each other", Assert.Throws<DllmException>(() => Open("llama", config => With(config, """
            "rope_parameters": {"rope_type": "linear", "factor": 2}, "rope_scaling": {"type": "linear", "factor": 4}
            """))).Message);
    }

    [Fact]
    public void ATiedHeadThatDiffersFromItsEmbeddingIsNamed()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("llama", folder);
        using (var reader = CheckpointReader.Open(folder.Path))
        {
            var tensors = reader.Tensors.Keys.ToDictionary(key => key, key => reader.Read(key).clone());
            tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] + 1;
            CheckpointWriter.SaveWeights(folder.Path, tensors);
        }

        using var model = PretrainedModel.Load(folder.Path);
        Assert.Contains("'lm_head.weight' differs from 'model.embed_tokens.weight'", Assert.Single(model.Warnings));
    }

    [Theory]
    [InlineData("""{"additional_special_tokens": [], "extra_special_tokens": {"image": "b"}}""")]
    [InlineData("""{"additional_special_tokens": [], "extra_special_tokens": ["b"]}""")]
    [InlineData("""{"additional_special_tokens": ["b"], "extra_special_tokens": []}""")]
    public void AnEmptyListBesideAFullOneSaysNothing(string config)
    {
        Assert.Equal(["b"], Tokenizer(config).SpecialTokens.AdditionalSpecialTokens);
    }

    [Theory]
    [InlineData("", new[] { 4 })]
    [InlineData("\"add_bos_token\": true,", new[] { 1, 4 })]
    [InlineData("\"add_bos_token\": true, \"add_eos_token\": true,", new[] { 1, 4, 2 })]
    [InlineData("\"add_bos_token\": false,", new[] { 4 })]
    [InlineData("\"add_eos_token\": true, \"tokenizer_class\": \"LlamaTokenizer\",", new[] { 1, 4, 2 })]
    public void TokensAroundATextAreAdded(string settings, int[] ids)
    {
        var tokenizer = Tokenizer("{" + settings + Named[1..]);
        Assert.Equal(ids, tokenizer.Encode("a"));
        Assert.Equal([4], tokenizer.Encode("a", addSpecialTokens: false));
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path);
        Assert.Equal(ids, Dllm.Tokenization.Tokenizer.FromDirectory(folder.Path).Encode("a"));
    }

    [Fact]
    public void WhatIsSavedDoesNotContradictItself()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "bert", config => config.With("torch_dtype", "bfloat16").With("dtype", "bfloat16"), tokenizer: Named[..^1] + ", \"pad_token\": \"<unk>\"}");
        using var model = PretrainedModel.Load(folder.Path).WithAddedTokens(Enumerable.Range(0, 50).Select(i => $"[T{i}]"));
        using var target = new TemporaryFolder();
        model.Save(target.Path);
        var saved = JsonConfig.Load(target.File("config.json"));
        Assert.Equal(("float32", "float32"), (saved.Text("torch_dtype"), saved.Text("dtype")));
        Assert.Equal((57, 57), (saved.Integer("vocab_size"), model.Tokenizer!.IdCount));
        using var again = PretrainedModel.Load(target.Path);
        Assert.Empty(again.Warnings);
        Assert.Equal(model.Tokenizer.Encode("[T49]"), again.Tokenizer!.Encode("[T49]"));
        Assert.True(again.Denoiser.state_dict().All(pair => pair.Value.allclose(model.Denoiser.state_dict()[pair.Key])));
    }

    [Fact]
    public void ATemplateOfAProcessorsFileIsRead()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), Words);
        File.WriteAllText(folder.File("chat_template.json"), """{"chat_template": "{{ 1 }}"}""");
        Assert.Equal("{{ 1 }}", Dllm.Tokenization.Tokenizer.FromDirectory(folder.Path).ChatTemplateSource);
    }

    private static Tokenizer Tokenizer(string config)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), Words);
        File.WriteAllText(folder.File("tokenizer_config.json"), config);
        return Dllm.Tokenization.Tokenizer.FromDirectory(folder.Path);
    }
}
