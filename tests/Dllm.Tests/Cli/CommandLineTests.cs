using Dllm.Cli;

namespace Dllm.Tests.Cli;

public class CommandLineTests
{
    [Fact]
    public void Without_arguments_the_verbs_are_listed()
    {
        var run = CliRun.Of();
        Assert.Equal(0, run.ExitCode);
        Assert.All(DllmCommandLine.Verbs(), verb => Assert.Contains($"  {verb.Group?.Name ?? verb.Name} ", run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_verb_has_help_with_common_options_and_examples()
    {
        foreach (var verb in DllmCommandLine.Verbs())
        {
            var run = CliRun.Of([.. Path(verb), "--help"]);
            Assert.Equal(0, run.ExitCode);
            foreach (string word in (string[])["--seed", "--threads", "--dtype", "Examples:", $"  dllm {string.Join(' ', Path(verb))} "])
                Assert.Contains(word, run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_option_is_described_and_named_in_kebab_case()
    {
        foreach (var option in DllmCommandLine.Verbs().SelectMany(verb => verb.Options))
        {
            Assert.False(string.IsNullOrWhiteSpace(option.Description), option.Name);
            Assert.Matches("^--[a-z][a-z0-9]*(-[a-z0-9]+)*$", option.Name);
        }
    }

    [Theory]
    [InlineData("--steps")]
    [InlineData("--max-new-tokens")]
    [InlineData("--max-length")]
    [InlineData("--block-size")]
    [InlineData("--temperature")]
    [InlineData("--remasking")]
    [InlineData("--stochastic-transfer")]
    [InlineData("--cfg-scale")]
    [InlineData("--cfg-keep-tokens")]
    [InlineData("--suppress-tokens")]
    [InlineData("--begin-suppress-tokens")]
    [InlineData("--right-shift-logits")]
    [InlineData("--reference-rng")]
    [InlineData("--visualize")]
    public void Every_sampling_verb_has_the_original_s_option(string option)
    {
        foreach (var verb in DllmCommandLine.Verbs().Where(verb => verb.Name is "chat" or "sample" or "infill"))
            Assert.Contains(verb.Options, known => known.Name == option);
    }

    [Fact]
    public void A_mistyped_verb_is_met_with_the_nearest() => CliRun.Of("smaple").ShouldBeMistake("smaple", "did you mean sample?");

    [Theory]
    [InlineData("verify . --fliter x", "there is no option --fliter; did you mean --filter?")]
    [InlineData("sample --steps4 hello", "there is no option --steps4; did you mean --steps?")]
    [InlineData("sample --stpes=4 hello", "there is no option --stpes=4; did you mean --steps?")]
    [InlineData("sample -temperature 1 hello", "there is no option -temperature; did you mean --temperature?")]
    [InlineData("sample hello --max-new 3", "there is no option --max-new; did you mean --max-new-tokens?")]
    [InlineData("sample -n 5", "there is no option -n; did you mean --max-new-tokens or --num-to-transfer?")]
    [InlineData("eval -n 5", "there is no option -n; did you mean --num-fewshot,")]
    [InlineData("sample hello -", "there is no option -; a prompt that begins with a dash goes after --")]
    [InlineData("infill -9", "there is no option -9; a text that begins with a dash goes after --")]
    [InlineData("--model x chat", "--model comes before the command; options follow it: dllm chat --model")]
    [InlineData("sample --steps", "--steps needs a value: N")]
    public void A_mistyped_option_is_met_with_the_nearest(string command, string told) => CliRun.Of(command.Split(' ')).ShouldBeMistake(told);

    [Theory]
    [InlineData("sample", "--", "-n")]
    [InlineData("sample", "@nobody", "--", "--steps4")]
    public void A_prompt_may_begin_with_any_letter(params string[] args) => Assert.True(CliRun.Of(args) is { ExitCode: 0, Error: "" });

    [Theory]
    [InlineData("hlep", "there is no command hlep; did you mean help?")]
    [InlineData("help nothing", "there is no command nothing; see dllm --help")]
    [InlineData("nothing --help", "there is no command nothing; see dllm --help")]
    [InlineData("help convert a2b", "there is no command convert a2b; did you mean a2d?")]
    [InlineData("verify here there", "'there' is not expected here; see dllm verify --help")]
    public void A_word_that_is_no_command_is_a_mistake(string command, string told) => CliRun.Of(command.Split(' ')).ShouldBeMistake(told);

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public void The_version_is_that_of_all_that_runs(string command)
    {
        var run = CliRun.Of(command);
        Assert.Equal(0, run.ExitCode);
        Assert.All((string[])["dllm ", "TorchSharp ", "libtorch ", ".NET "], name => Assert.Contains($"\n{name}", "\n" + run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void A_question_without_a_command_is_answered_with_the_command() =>
        CliRun.Of("who are you?").ShouldBeMistake("to ask a model: dllm sample \"who are you?\"");

    [Fact]
    public void A_missing_argument_is_a_mistake() => CliRun.Of("verify").ShouldBeMistake("DIR", "see dllm verify --help");

    [Theory]
    [InlineData("--steps", "0", "1 to 1000000")]
    [InlineData("--steps", "two", "a whole number")]
    [InlineData("--steps", "99999999999", "a whole number")]
    [InlineData("--max-new-tokens", "0", "1 to 1000000")]
    [InlineData("--block-size", "-4", "1 to 1000000")]
    [InlineData("--temperature", "-1", "0 or more")]
    [InlineData("--temperature", "nan", "a number")]
    [InlineData("--cfg-scale", "1,5", "a number")]
    [InlineData("--remasking", "hottest", "low_confidence, random")]
    [InlineData("--suppress-tokens", "1,x", "whole numbers with commas")]
    [InlineData("--seed", "-1", "0 or more")]
    [InlineData("--threads", "0", "1 to 1024")]
    [InlineData("--dtype", "int7", "float32, bfloat16, float16")]
    [InlineData("--quantization", "int4", "none, int8")]
    public void A_value_out_of_range_is_told_with_its_range(string option, string value, string range) =>
        CliRun.Of("sample", "hello", $"{option}={value}").ShouldBeMistake(option, value, range);

    [Fact]
    public void A_path_that_does_not_exist_is_a_mistake() => CliRun.Of("verify", "/no/such/folder").ShouldBeMistake("/no/such/folder");

    [Fact]
    public void An_unexpected_exception_is_short_without_debug_and_whole_with_it()
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var broken = new Terminal(new BrokenReader(), output, error);
        using var interruption = new Interruption();
        Assert.Equal(1, DllmCommandLine.Run(["sample"], broken, interruption));
        Assert.Contains("error: unexpected NotSupportedException: broken on purpose", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, DllmCommandLine.Run(["sample", "--debug"], broken, interruption));
        Assert.Contains("   at ", error.ToString(), StringComparison.Ordinal);
    }

    private static string[] Path(Verb verb) => verb.Group is { } group ? [group.Name, verb.Name] : [verb.Name];

    private sealed class BrokenReader : StringReader
    {
        public BrokenReader()
            : base("")
        {
        }

        public override string? ReadLine() => throw new NotSupportedException("broken on purpose");
    }
}
