using System.Diagnostics;

namespace Dllm.Tests.Cli;

/// <summary>What only a real process shows: exit codes, real streams, a full disk.</summary>
public sealed class ProcessTests(TinyCheckpoint tiny) : IClassFixture<TinyCheckpoint>
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Dllm.Cli.dll");

    [Fact]
    public void A_mistake_is_one_line_on_the_error_stream_and_exit_code_2()
    {
        var (code, output, error) = Run($"dotnet \"{Program}\" sample hello --model /no/such/model");
        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_pipe_gets_plain_text() // and NO_COLOR is honoured where there is a terminal: nothing to see here
    {
        var (code, output, _) = Run($"echo 'where is anna ?' | dotnet \"{Program}\" sample --model \"{tiny.Model}\" --max-new-tokens 3 --visualize");
        Assert.Equal(0, code);
        Assert.DoesNotContain('\u001b', output);
        Assert.Equal(4, output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void A_pipe_that_nobody_reads_any_more_ends_the_work_without_a_word()
    {
        string prompts = string.Join(' ', Enumerable.Repeat("anna", 200));
        string sample = $"dotnet \"{Program}\" sample {prompts} --model \"{tiny.Model}\" --max-new-tokens 3 --batch-size 1";
        var (code, output, error) = Run($"{sample} | (read -r line; echo \"$line\"); exit ${{PIPESTATUS[0]}}");
        Assert.Equal((141, ""), (code, error));
        Assert.StartsWith("[1]", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_mark_at_the_beginning_of_a_file_is_no_letter_of_a_prompt()
    {
        var (_, output, _) = Run(
            $"printf '\\xef\\xbb\\xbfanna\\r\\n' | dotnet \"{Program}\" sample --model \"{tiny.Model}\" --max-new-tokens 3 --json");
        Assert.StartsWith("{\"prompt\":\"anna\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_a_mistake_not_a_crash()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        var (code, _, error) = Run($"dotnet \"{Program}\" sample hello --model \"{tiny.Model}\" --max-new-tokens 3 > /dev/full");
        Assert.Equal(2, code);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Contains("No space left on device", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_ends_a_chat_that_waits_with_its_own_code(string signal, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        using var chat = Process.Start(new ProcessStartInfo("dotnet", [Program, "chat", "--model", tiny.Model, "--max-new-tokens", "4"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        chat.StandardInput.WriteLine("hello");
        Assert.NotNull(chat.StandardOutput.ReadLine()); // it answered, so it awaits the next line
        using (var kill = Process.Start("kill", [$"-{signal}", chat.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Assert.True(chat.WaitForExit(TimeSpan.FromMinutes(2)), "the process hangs");
        Assert.Equal(code, chat.ExitCode);
    }

    private static (int Code, string Output, string Error) Run(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the test speaks to /bin/sh");
        using var process = new Process();
        process.StartInfo = new ProcessStartInfo("/bin/bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        process.StartInfo.Environment["OMP_NUM_THREADS"] = "1";
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(3)), "the process hangs");
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }
}
