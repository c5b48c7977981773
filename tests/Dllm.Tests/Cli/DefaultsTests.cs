namespace Dllm.Tests.Cli;

/// <summary>No default is refused by a model: what nobody asked for is made to fit, only what was asked for is refused.</summary>
public sealed class DefaultsTests(SamplerCheckpoints made) : IClassFixture<SamplerCheckpoints>
{
    public static TheoryData<string> Samplers() => [.. SamplerCheckpoints.Samplers];

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Every_sampler_writes_by_default_after_a_prompt_of_any_length_that_leaves_room(string sampler)
    {
        foreach (int words in (int[])[2, 30, 40])
        {
            string prompt = string.Join(' ', Enumerable.Repeat("anna", words)); // the model reads 64 tokens
            var run = CliRun.Of("sample", "--raw", "--model", made.For(sampler), prompt);
            Assert.True(run.ExitCode == 0, $"{words} words: {run.Error}");
        }
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void A_prompt_that_fills_the_context_is_a_mistake(string sampler) =>
        CliRun.Of("sample", "--raw", "--model", made.For(sampler), string.Join(' ', Enumerable.Repeat("anna", 70)))
            .ShouldBeMistake("reads at most 64", "shorten the prompt");

    [Fact]
    public void What_fits_less_than_usual_is_noted_and_what_was_asked_for_is_refused()
    {
        string prompt = string.Join(' ', Enumerable.Repeat("anna", 40));
        var run = CliRun.Of("sample", "--raw", "--model", made.For("mdlm"), prompt);
        Assert.StartsWith("note: the model reads 64 tokens at a time: 24 are written after the longest prompt", run.Error, StringComparison.Ordinal);
        CliRun.Of("sample", "--raw", "--model", made.For("mdlm"), "--max-new-tokens", "25", prompt).ShouldBeMistake("65 tokens", "at most 64", "--max-new-tokens");
        Assert.Equal("", CliRun.Of("sample", "--raw", "--model", made.For("mdlm"), "--max-new-tokens", "24", prompt).Error);
    }

    [Theory]
    [InlineData("sft", "talk.jsonl", """{"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes"}]}""")]
    [InlineData("pretrain", "text.txt", "anna is in the garden . anna is in the garden . anna is in the garden .")]
    public void Training_rows_are_as_long_as_the_model_reads(string command, string file, string row)
    {
        string data = made.Files.Write(file, string.Join('\n', Enumerable.Repeat(row, 9)));
        string[] all = [command, "--model", made.Files.Model, "--dataset", data, "--max-steps", "1", "--output-dir", made.Files.At($"{command}-out")];
        var run = CliRun.Of(all);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("note: --max-length is 64", run.Error, StringComparison.Ordinal);
        CliRun.Of([.. all, "--max-length", "65", "--overwrite-output-dir"]).ShouldBeMistake("--max-length is 65", "use at most 64");
    }
}
