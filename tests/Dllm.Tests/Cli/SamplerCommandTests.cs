using System.Text.Json;
using System.Text.RegularExpressions;
using Dllm.Cli;
using Dllm.Cli.Help;
using Dllm.Models;

namespace Dllm.Tests.Cli;

/// <summary>Every sampler through the command line, on a checkpoint that it is made for.</summary>
public sealed partial class SamplerCommandTests(SamplerCheckpoints made) : IClassFixture<SamplerCheckpoints>
{
    private static readonly string[] Unequal = ["anna is", "who is in the garden and who is in the kitchen ?", "ben"];

    /// <summary>Edit Flows draw at any temperature.</summary>
    public static TheoryData<string> SamplersWithoutDraws => [.. SamplerCheckpoints.Samplers.Where(sampler => sampler != "edit-flow")];

    public static TheoryData<string> Samplers => [.. SamplerCheckpoints.Samplers];

    [Theory]
    [MemberData(nameof(Samplers))]
    public void It_answers_a_batch_of_unequal_prompts(string sampler)
    {
        var run = Sample(sampler, [.. Unequal, .. Length(sampler, 6)]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(["[1]", "[2]", "[3]"], run.Output.TrimEnd().Split('\n').Select(line => line[..3]));
        Assert.DoesNotContain(SamplerCheckpoints.Mask(sampler), run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SamplersWithoutDraws))]
    public void The_batch_size_changes_no_answer(string sampler)
    {
        string[] drawless = sampler == "dream" ? ["--alg", "entropy", "--temperature", "0"] : [];
        string[] command = [.. Unequal, .. Length(sampler, 8), "--json", .. drawless];
        Assert.Equal(Ids(Sample(sampler, command)), Ids(Sample(sampler, [.. command, "--batch-size", "1"])));
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void The_same_seed_gives_the_same_answer_and_another_does_not(string sampler)
    {
        string[] command = ["anna is", .. Length(sampler, 12), "--json", .. Drawing(sampler)];
        string Draw(string seed) => Ids(Sample(sampler, [.. command, "--seed", seed]));
        Assert.Equal(Draw("1"), Draw("1"));
        Assert.NotEqual(Draw("1"), Draw("2"));
    }

    [Theory]
    [InlineData("ar", "--max-new-tokens")]
    [InlineData("edit-flow", "--mask-length")]
    public void Where_each_row_has_draws_of_its_own_the_batch_size_changes_none_of_them(string sampler, string length)
    {
        string[] command = [.. Unequal, .. Unequal, length, "8", "--temperature", "1", "--seed", "3", "--json"];
        string whole = Ids(Sample(sampler, command));
        Assert.Equal(whole, Ids(Sample(sampler, [.. command, "--batch-size", "1"])));
        Assert.Equal(whole, Ids(Sample(sampler, [.. command, "--batch-size", "4"])));
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Equal_prompts_are_answered_differently_in_whatever_batch_they_are(string sampler)
    {
        string[] command = ["anna", "anna", "anna", .. Length(sampler, 12), "--json", .. Drawing(sampler)];
        Assert.Equal(3, Ids(Sample(sampler, command)).Split('\n').Distinct().Count());
        string[] apart = Ids(Sample(sampler, [.. command, "--batch-size", "1"])).Split('\n');
        Assert.Equal(3, apart.Distinct().Count());
        Assert.Equal(Ids(Sample(sampler, ["anna", .. Length(sampler, 12), "--json", .. Drawing(sampler)])), apart[0]);
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void It_answers_in_numbers_of_16_bits_too(string sampler)
    {
        foreach (string dtype in (string[])["bfloat16", "float16"])
        {
            var run = Sample(sampler, [.. Unequal, .. Length(sampler, 6), "--dtype", dtype, .. Drawing(sampler)]);
            Assert.Equal((dtype, 0, ""), (dtype, run.ExitCode, run.Error));
        }
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void It_answers_with_products_in_8_bits_too(string sampler)
    {
        using (TorchSharp.torch.no_grad())
            Assert.SkipUnless(Dllm.Layers.Int8Matrix.CanMultiply(TorchSharp.torch.zeros(1)), "this processor has no exact products in int8");
        foreach (string dtype in (string[])["float32", "bfloat16"])
        {
            string[] command = [.. Unequal, .. Length(sampler, 6), "--json", "--dtype", dtype, "--quantization", "int8", .. Drawing(sampler)];
            var run = Sample(sampler, command);
            Assert.Equal((dtype, 0, ""), (dtype, run.ExitCode, run.Error));
            Assert.Equal(Ids(run), Ids(Sample(sampler, command)));
        }

        Sample(sampler, ["anna", "--dtype", "float16", "--quantization", "int8"]).ShouldBeMistake("int8", "Float16", "load it in one of those");
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void In_a_chat_it_answers_turn_by_turn_and_the_steps_are_kept(string sampler)
    {
        string gif = made.Files.At(sampler + ".gif"), html = made.Files.At(sampler + ".html");
        var run = CliRun.WithInput(
            "hello\n/undo\nwho\n",
            ["chat", "--model", made.For(sampler), "--sampler", sampler, .. Length(sampler, 4), "--gif", gif, "--html", html]);
        Assert.Equal(0, run.ExitCode);
        Assert.All(run.Error.TrimEnd().Split('\n'), line => Assert.StartsWith("wrote ", line, StringComparison.Ordinal));
        Assert.Equal(3, run.Output.TrimEnd().Split('\n').Length);
        Assert.All((string[])[gif, html], file => Assert.True(new FileInfo(file).Length > 1000, file));
    }

    [Fact]
    public void Every_family_has_samplers_that_the_command_line_knows() =>
        Assert.All(ModelFamilies.All.SelectMany(family => family.Samplers), sampler => Assert.Contains(sampler, SamplerCheckpoints.Samplers));

    [Theory]
    [InlineData("mdlm", "dream", "reads logits one place to the left, where modernbert does not predict; samplers made for it: mdlm")]
    [InlineData("mdlm", "rnd1", "reads logits one place to the left, where modernbert does not predict; samplers made for it: mdlm")]
    [InlineData("bd3lm", "dream", "where a2d-qwen3 does not predict; samplers made for it: mdlm, bd3lm")]
    [InlineData("mdlm", "dream --right-shift-logits", null)]
    [InlineData("mdlm", "dream --right-shift-logits false", null)]
    [InlineData("mdlm", "fast-dllm", null)]
    [InlineData("dream", "fast-dllm", "does not read logits one place to the left, where Dream predicts; set --right-shift-logits")]
    [InlineData("dream", "fast-dllm --right-shift-logits", null)]
    [InlineData("dream", "rnd1", null)]
    [InlineData("rnd1", "llada2 --block-size 4", "where rnd1 predicts; samplers made for it: rnd1")]
    public void A_sampler_that_reads_logits_elsewhere_than_the_model_predicts_is_told(string model, string sampler, string? told)
    {
        var run = CliRun.Of(["sample", "anna is", "--raw", "--model", made.For(model), "--max-new-tokens", "4", "--sampler", .. sampler.Split(' ')]);
        Assert.Equal(0, run.ExitCode);
        if (told is null) Assert.Equal("", run.Error);
        else Assert.EndsWith(told, Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void It_fills_gaps_where_it_can(string sampler)
    {
        string mask = SamplerCheckpoints.Mask(sampler);
        string[] texts = [$"anna is {mask} .", $"who is in the {mask} {mask} and red ?"];
        var run = CliRun.Of(["infill", .. texts, "--model", made.For(sampler), "--sampler", sampler, "--json"]);
        if (sampler is "ar")
        {
            run.ShouldBeMistake($"the sampler {sampler} does not fill gaps");
            return;
        }

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var rows = run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        if (sampler != "edit-flow") Assert.Equal([1, 2], rows.Select(row => row.GetProperty("ids").GetArrayLength()));
        if (sampler != "llada21") Assert.StartsWith("anna is", rows[0].GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void It_does_as_the_original_where_that_differs(string sampler)
    {
        var run = Sample(sampler, ["anna is", .. Length(sampler, 4), "--as-original"]);
        if (sampler is "ar") run.ShouldBeMistake("--as-original does nothing with the sampler ar", "mdlm, bd3lm, dream, fast-dllm");
        else if (sampler == "llada21") Assert.Contains("warning: --as-original has no effect", run.Error, StringComparison.Ordinal);
        else Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("mdlm", "", 8)]
    [InlineData("mdlm", "--right-shift-logits", 7)]
    [InlineData("bd3lm", "", 8)]
    [InlineData("bd3lm", "--right-shift-logits --block-size 1", 7)]
    [InlineData("fast-dllm", "--right-shift-logits", 7)]
    [InlineData("dream", "", 7)]
    [InlineData("ar", "", 7)]
    public void The_token_in_front_of_an_empty_prompt_counts_towards_the_maximum_length(string sampler, string options, int written)
    {
        string[] command = ["", "--json", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--max-length"];
        var row = JsonDocument.Parse(Sample(sampler, [.. command, "8"]).Output).RootElement;
        Assert.Equal(written, row.GetProperty("ids").GetArrayLength());
        var whole = Sample(sampler, [.. command, "64"]); // all that the model reads
        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
    }

    [Fact]
    public void Edit_flows_fill_gaps_with_as_many_tokens_as_they_like_and_keep_what_is_around_them()
    {
        string model = made.For("edit-flow");
        string[] command = ["infill", "anna is [MASK] .", "[MASK] [MASK] [MASK] garden", "--model", model, "--tau", "0.2", "--json"];
        string[] rows = CliRun.Of([.. command, "--seed", "2"]).Output.TrimEnd().Split('\n');
        Assert.All(rows.Zip((string[])["^anna is .*\\.$", "garden$"]), pair => Assert.Matches(pair.Second, Text(pair.First)));
        var lengths = Enumerable.Range(0, 8).Select(seed => CliRun.Of([.. command, "--seed", $"{seed}"]).Output.Split('\n')[1])
            .Select(row => JsonDocument.Parse(row).RootElement.GetProperty("ids").GetArrayLength());
        Assert.True(lengths.Distinct().Count() > 1);
        var answered = CliRun.Of("infill", "anna is [MASK] .", "--prompt", "who ?", "--model", model, "--tau", "0.2");
        Assert.Equal(0, answered.ExitCode);
        Assert.StartsWith("anna is", answered.Output, StringComparison.Ordinal);

        static string Text(string row) => JsonDocument.Parse(row).RootElement.GetProperty("text").GetString()!;
    }

    [Fact]
    public void As_the_original_masks_stay_in_the_text_of_edit_flows()
    {
        string[] command = ["anna is", "--mask-length", "12", "--time-epsilon", "0.99", "--json"]; // one step of a hundred
        Assert.NotEqual(Ids(Sample("edit-flow", command)), Ids(Sample("edit-flow", [.. command, "--as-original"])));
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void In_a_chat_every_setting_is_shown_with_its_value_and_can_be_given_it(string sampler)
    {
        var shown = Settings(Chat(sampler, "/settings\n"));
        Assert.Equal(sampler, shown["sampler"]);
        Assert.Equal("0", shown["seed"]);
        Assert.DoesNotContain("default", shown.Values);
        string[] asShown = [.. shown.Where(pair => !pair.Value.Contains(' ')).Select(pair => $"/set {pair.Key} {pair.Value}\n")];
        Assert.Equal(shown, Settings(Chat(sampler, string.Concat(asShown) + "/settings\n")));
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Defaults_are_what_the_help_says(string sampler)
    {
        var shown = Settings(Chat(sampler, "/settings\n"));
        var verb = DllmCommandLine.Verbs().First(verb => verb.Name == "sample");
        var help = new SamplerHelp(verb.Sampler!, Dllm.Sampling.Samplers.For(sampler));
        var told = verb.Options.Where(option => verb.Sampler!.Find(option) is not null && help.Shows(option))
            .ToDictionary(option => option.Name[2..], option => DefaultInHelp().Match(help.Note(option)!).Groups[1].Value);
        Assert.NotEmpty(told);
        told.Remove("max-new-tokens"); // as many as suit the model's context of 64
        Assert.All(told, pair => Assert.Equal(pair.Value, shown[pair.Key] is "none" or "false" ? "" : shown[pair.Key]));
    }

    [GeneratedRegex(@"\[default: (.+)\]$")]
    private static partial Regex DefaultInHelp();

    [Fact]
    public void In_a_chat_settings_change_and_go_back()
    {
        var changed = Settings(Chat("dream", "/set alg-temp 0.5\n/set alg maskgit-plus\n/set top_k 7\n/set max-length 60\n/settings\n"));
        Assert.Equal(("0.5", "maskgit_plus", "7"), (changed["alg-temp"], changed["alg"], changed["top-k"]));
        Assert.Equal(("what max-length leaves", "60"), (changed["max-new-tokens"], changed["max-length"]));
        var back = Settings(Chat("dream", "/set top-k 7\n/set top-k default\n/set threshold 0.5\n/set threshold none\n/settings\n"));
        Assert.Equal(("50", "none"), (back["top-k"], back["threshold"]));
    }

    [Fact]
    public void In_a_chat_a_setting_that_changes_nothing_warns_once()
    {
        var run = Chat("dream", "/set threshold 0.5\n/set top-k 3\n");
        Assert.Equal(1, run.Error.Split('\n').Count(line => line.StartsWith("warning: --threshold has no effect", StringComparison.Ordinal)));
    }

    private static Dictionary<string, string> Settings(CliRun run)
    {
        Assert.Equal(0, run.ExitCode);
        return run.Output.TrimEnd().Split('\n').Where(line => line[0] != '(').ToDictionary( // those are confirmations
            line => line.Split(' ')[0], line => line[22..]);
    }

    private CliRun Chat(string sampler, string input) => CliRun.WithInput(input, "chat", "--model", made.For(sampler), "--sampler", sampler);

    private static string[] Drawing(string sampler) => sampler == "rnd1" ? ["--greedy", "false"] : ["--temperature", "1"];

    private static string[] Length(string sampler, int tokens) =>
        [sampler == "edit-flow" ? "--mask-length" : "--max-new-tokens", tokens.ToString(System.Globalization.CultureInfo.InvariantCulture)];

    private static string Ids(CliRun run)
    {
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var rows = run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement);
        return string.Join('\n', rows.Select(row => row.GetProperty("ids").GetRawText()));
    }

    private CliRun Sample(string sampler, params string[] args) =>
        CliRun.Of(["sample", .. args, "--raw", "--model", made.For(sampler), "--sampler", sampler]);
}
