using System.Text.Json.Nodes;
using Dllm.Models;
using TorchSharp;

namespace Dllm.Tests.Cli;

/// <summary>Autoregressive checkpoints on the command line: sampled from left to right, and nothing else.</summary>
public sealed class AutoregressiveCommandTests : IDisposable
{
    private readonly TinyCheckpoint _tiny = new();
    private readonly string _llama;

    public AutoregressiveCommandTests()
    {
        _llama = _tiny.Copy("llama");
        File.Delete(Path.Combine(_llama, "model.safetensors"));
        int tokens = (int)JsonNode.Parse(File.ReadAllText(_tiny.ConfigFile))!["vocab_size"]!;
        File.WriteAllText(
            Path.Combine(_llama, "config.json"),
            $$"""
            {"model_type":"llama","vocab_size":{{tokens}},"hidden_size":16,"intermediate_size":24,"num_hidden_layers":2,"num_attention_heads":2,
             "num_key_value_heads":1,"max_position_embeddings":64,"rms_norm_eps":1e-5,"initializer_range":0.5}
            """);
        using var generator = new torch.Generator(5, torch.CPU);
        using var model = PretrainedModel.FromConfig(_llama, generator);
        model.Save(_llama);
    }

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void It_writes_from_left_to_right_by_default()
    {
        string[] command = ["sample", "--model", _llama, "--raw", "anna is in the", "--max-new-tokens", "5"];
        var run = CliRun.Of(command);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.NotEqual("", run.Output.Trim());
        Assert.Equal(run.Output, CliRun.Of([.. command, "--sampler", "ar"]).Output);
    }

    [Fact]
    public void The_same_seed_draws_the_same_text()
    {
        string[] command = ["sample", "--model", _llama, "--raw", "anna", "--max-new-tokens", "8", "--temperature", "1", "--top-k", "20", "--seed"];
        Assert.Equal(CliRun.Of([.. command, "5"]).Output, CliRun.Of([.. command, "5"]).Output);
        Assert.NotEqual(CliRun.Of([.. command, "5"]).Output, CliRun.Of([.. command, "6"]).Output);
    }

    [Fact]
    public void Samplers_of_the_other_kind_are_refused()
    {
        CliRun.Of("sample", "--model", _llama, "--raw", "anna", "--sampler", "mdlm").ShouldBeMistake("mdlm", "llama", "the sampler ar", "convert a2d");
        CliRun.Of("sample", "--model", _tiny.Model, "--raw", "anna", "--sampler", "ar").ShouldBeMistake("ar", "modernbert");
        CliRun.Of("sample", "--model", _llama, "--raw", "anna", "--steps", "4").ShouldBeMistake("--steps does nothing with the sampler ar");
        CliRun.Of("infill", "--model", _llama, "anna is [MASK]").ShouldBeMistake("the sampler ar does not fill gaps");
    }

    [Fact]
    public void It_is_not_trained_by_masked_diffusion() => CliRun
        .Of("pretrain", "--model", _llama, "--dataset", _tiny.Write("a.txt", "anna is in the garden."), "--output-dir", _tiny.At("out"))
        .ShouldBeMistake("llama", "convert a2d");
}
