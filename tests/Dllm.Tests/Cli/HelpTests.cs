using System.Text.RegularExpressions;
using Dllm.Cli;
using Dllm.Cli.Help;

namespace Dllm.Tests.Cli;

public sealed partial class HelpTests
{
    public static TheoryData<string> Paths() => [.. DllmCommandLine.Verbs().Select(PathOf)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_option_is_in_exactly_one_group(string path)
    {
        var verb = DllmCommandLine.Verbs().Single(verb => PathOf(verb) == path);
        string[] shown = [.. OptionLine().Matches(Page([.. path.Split(' '), "--help-all"])).Select(line => line.Groups["name"].Value)];
        string[] known = [.. verb.Options.Concat(verb.Common).Select(option => option.Name), "--help", .. verb.Sampler is null ? Array.Empty<string>() : ["--help-all"]];
        Assert.Equal(known.Order(), shown.Order());
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_page_fits_the_screen_and_has_no_empty_group(string path)
    {
        string[] lines = Page([.. path.Split(' '), "--help"]).Split('\n');
        Assert.All(lines.TakeWhile(line => line != "Examples:"), line => Assert.InRange(line.Length, 0, 100));
        foreach (int heading in Enumerable.Range(0, lines.Length).Where(i => lines[i].EndsWith(':') && !lines[i].StartsWith(' ')))
            Assert.NotEqual("", lines[heading + 1]);
    }

    [Fact]
    public void Usual_options_come_first_and_rare_ones_last()
    {
        string page = Page("chat", "--help");
        string[] order = ["\nOptions:", "--model", "--steps", "\nSampler mdlm", "--remasking", "\nModel and hardware:", "--dtype", "\nOutput:", "--gif", "\nAdvanced:",
            "--reference-rng", "\nExamples:"];
        Assert.Equal(order, order.OrderBy(part => page.IndexOf(part, StringComparison.Ordinal)));
        Assert.All(order, part => Assert.Contains(part, page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mdlm", "--remasking", "--tau")]
    [InlineData("dream", "--alg-temp", "--remasking")]
    [InlineData("edit-flow", "--tau", "--steps")]
    public void Of_the_samplers_options_those_of_one_are_shown(string sampler, string own, string foreign)
    {
        string page = Page("sample", "--help", "--sampler", sampler);
        Assert.Contains($"Sampler {sampler}", page, StringComparison.Ordinal);
        Assert.Contains($"  {own} ", page, StringComparison.Ordinal);
        Assert.DoesNotContain($"  {foreign} ", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_sampler_named_it_is_that_of_most_models() =>
        Assert.Equal(Page("sample", "--help", "--sampler", "mdlm"), Page("sample", "--help"));

    [Fact]
    public void A_default_is_the_sampler_s()
    {
        Assert.Matches(@"--steps <N>.*\s+.*\[default: 512\]", Page("sample", "--help", "--sampler", "dream"));
        Assert.Contains("[default: 128; 512 with dream; 256 with rnd1] [only", Page("sample", "--help-all").ReplaceLineEndings(" ").Replace("                        ", ""), StringComparison.Ordinal);
    }

    [Fact]
    public void Help_for_a_sampler_that_is_none_is_a_mistake() =>
        CliRun.Of("chat", "--help", "--sampler", "dreem").ShouldBeMistake("there is no sampler 'dreem'", "mdlm, bd3lm, dream");

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help chat", "chat --help")]
    [InlineData("help eval list", "eval list --help")]
    [InlineData("help convert", "convert -h")]
    public void The_command_help_is_the_option(string command, string option) => Assert.Equal(Page(option.Split(' ')), Page(command.Split(' ')));

    [Fact]
    public void Long_names_stand_above_what_they_mean()
    {
        string page = new Columns(40).Table([("--a", "one two three four five six seven eight"), ("--a-name-that-is-longer-than-the-column", "nine")]).ToString();
        Assert.Equal(
            "  --a  one two three four five six seven\n       eight\n  --a-name-that-is-longer-than-the-column\n       nine\n", page.ReplaceLineEndings("\n"));
    }

    private static string PathOf(Verb verb) => verb.Group is { } group ? $"{group.Name} {verb.Name}" : verb.Name;

    private static string Page(params string[] args)
    {
        var run = CliRun.Of(args);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run.Output.ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"^  (-h, )?(?<name>--[a-z0-9-]+)", RegexOptions.Multiline)]
    private static partial Regex OptionLine();
}
