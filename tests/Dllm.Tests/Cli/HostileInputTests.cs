using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Dllm.Checkpoints;
using Dllm.Cli;

namespace Dllm.Tests.Cli;

/// <summary>What no one should type: one line that says what is wrong, exit code 2, and nothing harmed.</summary>
public sealed class HostileInputTests(SamplerCheckpoints made) : IClassFixture<SamplerCheckpoints>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("mdlm", "--max-new-tokens")]
    [InlineData("mdlm", "--max-length")]
    [InlineData("mdlm", "--steps")]
    [InlineData("llada2", "--block-size")]
    [InlineData("llada2", "--steps-per-block")]
    [InlineData("edit-flow", "--mask-length")]
    public void Numbers_that_would_exhaust_the_memory_are_refused(string sampler, string option) =>
        Sample(sampler, option, "2147483647").ShouldBeMistake(option, "2147483647", "1000000");

    [Theory]
    [InlineData("mdlm", "--max-new-tokens")]
    [InlineData("bd3lm", "--max-new-tokens")]
    [InlineData("llada2", "--block-size")]
    [InlineData("llada21", "--block-size")]
    [InlineData("rnd1", "--max-length")]
    [InlineData("ar", "--max-new-tokens")]
    public void The_largest_numbers_that_are_allowed_do_not_fit_the_model(string sampler, string option) =>
        Sample(sampler, option, "1000000").ShouldBeMistake("the model reads at most 64");

    [Fact]
    public void Edit_flows_end_in_a_life_time() => Sample("edit-flow", "--tau", "1e-300").ShouldBeMistake("--tau is '1e-300'");

    [Theory]
    [InlineData("sample", "--stpes", "did you mean --steps?")]
    [InlineData("sample", "--stpes=3", "did you mean --steps?")]
    [InlineData("infill", "--sede", "did you mean --seed?")]
    [InlineData("sample", "--quite-unlike-any", "goes after --")]
    public void A_mistyped_option_is_no_text(string verb, string word, string told) =>
        CliRun.Of(verb, "anna is", word, "3", "--model", made.For("mdlm")).ShouldBeMistake($"there is no option {word}", told);

    [Fact]
    public void Behind_two_dashes_a_text_may_begin_with_dashes() =>
        Assert.Equal(0, CliRun.Of("sample", "--model", made.For("mdlm"), "--max-new-tokens", "3", "--", "--stpes", "--").ExitCode);

    [Theory]
    [InlineData("sample hello --gif", "--gif")]
    [InlineData("sample hello --html", "--html")]
    [InlineData("sample hello --model", "--model")]
    [InlineData("pretrain --output-dir", "--output-dir")]
    [InlineData("convert a2d --output", "--output")]
    [InlineData("tokenizer train --output-dir", "--output-dir")]
    public void An_empty_name_is_a_mistake(string command, string option) =>
        CliRun.Of([.. command.Split(' '), ""]).ShouldBeMistake($"{option} is ''");

    [Fact]
    public void Messages_quote_nothing_that_a_terminal_obeys_and_not_all_of_a_book()
    {
        var run = CliRun.Of("infill", "\u001b[31m" + new string('a', 100_000), "--model", made.For("mdlm"));
        run.ShouldBeMistake("has no mask token");
        Assert.InRange(run.Error.Length, 1, 300);
    }

    [Theory]
    [InlineData("cpu:1")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:x")]
    [InlineData("")]
    public void A_device_that_cannot_be_is_a_mistake(string device) => Sample("mdlm", "--device", device).ShouldBeMistake($"there is no device '{device}'");

    [Fact]
    public void A_file_in_place_of_a_folder_is_a_mistake()
    {
        string file = made.Files.Write("a-file", "x"), text = made.Files.Write("a.txt", "anna is in the garden .");
        string[] train = ["--model", made.For("mdlm"), "--dataset", text, "--max-length", "4", "--max-steps", "1", "--eval-strategy", "no"];
        CliRun.Of(["pretrain", .. train, "--output-dir", file]).ShouldBeMistake($"the folder '{file}' cannot be made", "--output-dir");
        CliRun.Of("quickstart", "--write-data", file).ShouldBeMistake($"the folder '{file}' cannot be made", "--write-data");
        CliRun.Of("sample", "hello", "--model", file).ShouldBeMistake(file);
        CliRun.Of("convert", "a2d", "--model", made.For("ar"), "--output", file).ShouldBeMistake(file, "choose another folder");
        CliRun.Of("tokenizer", "train", "--dataset", text, "--output-dir", file).ShouldBeMistake(file);
    }

    [Fact]
    public void A_folder_in_place_of_a_file_is_a_mistake()
    {
        string folder = made.Files.Root;
        string[] sample = ["sample", "hello", "--model", made.For("mdlm"), "--max-new-tokens", "3"];
        CliRun.Of([.. sample, "--gif", folder]).ShouldBeMistake(folder, "is a folder");
        CliRun.Of([.. sample, "--chat-template", folder]).ShouldBeMistake(folder);
        CliRun.Of([.. sample, "--recipe", folder]).ShouldBeMistake(folder);
        CliRun.Of("sample", "--file", folder, "--model", made.For("mdlm")).ShouldBeMistake(folder);
    }

    [Fact]
    public void A_device_is_not_replaced_by_a_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "devices have no paths there");
        CliRun.Of("sample", "hello", "--model", made.For("mdlm"), "--max-new-tokens", "3", "--html", "/dev/no-such-device").ShouldBeMistake("devices");
        Assert.Throws<DllmException>(() => AtomicFile.WriteText("/dev/no-such-device", "x"));
        Assert.False(File.Exists("/dev/no-such-device"));
    }

    [Fact]
    public void Sizes_that_no_model_has_are_a_mistake()
    {
        string model = made.Files.Copy("giant"), config = Path.Combine(model, "config.json");
        var entries = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        entries["hidden_size"] = 2_000_000_000;
        File.WriteAllText(config, entries.ToJsonString());
        CliRun.Of("sample", "hello", "--model", model).ShouldBeMistake("no model has more than", "config.json");
    }

    [Fact]
    public void More_epochs_than_a_run_can_have_are_a_mistake() => CliRun
        .Of(
            "pretrain", "--model", made.For("mdlm"), "--dataset", made.Files.Write("b.txt", "anna is in the garden ."), "--max-length", "4",
            "--num-train-epochs", "1e300", "--eval-strategy", "no", "--output-dir", made.Files.At("endless"))
        .ShouldBeMistake("--num-train-epochs is 1E+300", "fewer epochs");

    [Theory]
    [InlineData("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes. Exception raised from x at y.cpp:1 frame #0: z")]
    [InlineData("[enforce fail] can't allocate memory: you tried to allocate 9 bytes. Error code 12 (Cannot allocate memory)\nframe #0: c10::x + 0x68")]
    [InlineData("CUDA out of memory. Tried to allocate 9 GiB")]
    public void Too_little_memory_is_told_without_addresses(string message)
    {
        string told = MemoryShortage.Explain(new ExternalException(message))!;
        Assert.Contains("--batch-size", told, StringComparison.Ordinal);
        Assert.DoesNotContain("frame", told, StringComparison.Ordinal);
        Assert.Null(MemoryShortage.Explain(new ExternalException("something else")));
    }

    [Theory]
    [InlineData("sample --file /dev/stdin")]
    [InlineData("sample")]
    [InlineData("infill")]
    [InlineData("chat")]
    public void Binary_input_is_a_mistake_or_a_text(string command)
    {
        byte[] bytes = new byte[3000];
        new Random(3).NextBytes(bytes);
        var run = command.Contains("--file", StringComparison.Ordinal)
            ? CliRun.Of("sample", "--file", WriteBytes(bytes), "--model", made.For("mdlm"))
            : CliRun.WithInput(System.Text.Encoding.Latin1.GetString(bytes), command, "--model", made.For("mdlm"));
        run.ShouldBeMistake();
    }

    [Fact]
    public void Ctrl_c_ends_what_samples_and_what_awaits_prompts_with_130()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        using var writing = Start("sample", "x", "--model", made.For("edit-flow"), "--mask-length", "3", "--tau", "1e-6", "--visualize");
        Assert.NotNull(writing.StandardOutput.ReadLine()); // it is at work
        Assert.Equal((130, "interrupted"), Interrupt(writing));
        using var waiting = Start("sample", "--model", made.For("mdlm"));
        Thread.Sleep(1000); // nothing tells from outside that it waits
        Assert.Equal(130, Interrupt(waiting).Code);
    }

    private static Process Start(params string[] args) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Dllm.Cli.dll"), .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static (int Code, string Error) Interrupt(Process process)
    {
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) kill.WaitForExit();
        process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience), "the process hangs");
        return (process.ExitCode, process.StandardError.ReadToEnd().Trim());
    }

    private string WriteBytes(byte[] bytes)
    {
        File.WriteAllBytes(made.Files.At("bytes.jsonl"), bytes);
        return made.Files.At("bytes.jsonl");
    }

    private CliRun Sample(string sampler, params string[] options) =>
        CliRun.Of(["sample", "anna is", "--raw", "--model", made.For(sampler), "--sampler", sampler, .. options]);
}
