using Dllm.Models;

namespace Dllm.Tests.Cli;

public sealed class ConvertCommandTests(TinyCheckpoint checkpoint) : IClassFixture<TinyCheckpoint>
{
    [Fact]
    public void EditFlowHeadsAreAddedAndTold()
    {
        string output = checkpoint.At("editflow");
        var run = CliRun.Of("convert", "editflow", "--model", checkpoint.Model, "--output", output);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("editflow-modernbert", run.Output);
        Assert.Contains("mask [MASK] is 4", run.Output);
        using var model = PretrainedModel.Load(output);
        Assert.IsAssignableFrom<IEditDenoiser>(model.Denoiser);
        CliRun.Of("convert", "editflow", "--model", checkpoint.Model, "--output", output)
            .ShouldBeMistake("not an empty folder", "delete it");
    }

    [Fact]
    public void EachMistakeIsOneLine()
    {
        CliRun.Of("convert", "a2d", "--output", checkpoint.At("x")).ShouldBeMistake("no checkpoint to convert", "--model DIR");
        CliRun.Of("convert", "a2d", "--model", checkpoint.Model).ShouldBeMistake("no place", "--output DIR");
        CliRun.Of("convert", "a2d", "--model", checkpoint.Model, "--output", checkpoint.At("x"))
            .ShouldBeMistake("'modernbert' cannot be converted so", "llama, qwen2, qwen3, gpt2");
        CliRun.Of("convert", "editflow", "--model", checkpoint.Model, "--output", checkpoint.At("x"), "--seed", "-1")
            .ShouldBeMistake("--seed");
        Assert.False(Directory.Exists(checkpoint.At("x")));
    }

    [Theory]
    [InlineData("a2d")]
    [InlineData("editflow")]
    public void TheHelpHasExamples(string verb)
    {
        var run = CliRun.Of("convert", verb, "--help");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"dllm convert {verb} --model", run.Output);
    }
}
