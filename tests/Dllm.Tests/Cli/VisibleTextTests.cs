using System.Text.Json.Nodes;
using Dllm.Cli;
using Dllm.Cli.Display;

namespace Dllm.Tests.Cli;

/// <summary>Nothing that a checkpoint, a task, data or a path says is obeyed by a terminal; programs still get it to the letter.</summary>
public sealed class VisibleTextTests(TinyCheckpoint tiny) : IClassFixture<TinyCheckpoint>
{
    private const string Hostile = "a\u001b[2J\u009b31m\u202eb\u0007\u007f";
    private const string Seen = "a·[2J·31m·b··";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reports_errors_and_progress_pass_one_filter(bool isInteractive)
    {
        var (terminal, output, error) = Open(isInteractive);
        terminal.Output.WriteLine(Hostile);
        terminal.Output.Write(Hostile.ToCharArray());
        foreach (char c in Hostile) terminal.Error.Write(c);
        terminal.Error.WriteLine();
        terminal.Error.WriteLine("{0}", Hostile);
        terminal.Warn(Hostile + "\nnext");
        Assert.Equal($"{Seen}\n{Seen}", output.ToString().ReplaceLineEndings("\n"));
        Assert.Equal([Seen, Seen, "warning: " + Seen.Replace('·', '\ufffd') + " next"], error.ToString().TrimEnd().Split(Environment.NewLine));
    }

    [Fact]
    public void The_changing_line_keeps_its_own_codes_and_no_others()
    {
        var (terminal, _, error) = Open(isInteractive: true);
        using (var status = new StatusLine(terminal.Error, isInteractive: true, width: 60))
        {
            status.Update(Hostile + "\r\nx");
            status.Print(Hostile);
        }

        string drawn = error.ToString();
        Assert.StartsWith($"\r\u001b[K{Seen} x", drawn);
        Assert.Equal(3, drawn.Count(c => c == '\u001b'));
        Assert.All(drawn.Split("\u001b[K"), part => Assert.DoesNotContain(part.TrimEnd('\r'), c => VisibleText.IsCode(c) && c != '\n' && c != '\r'));
    }

    [Fact]
    public void Answers_are_exact_in_a_pipe_and_harmless_on_a_screen()
    {
        var (pipe, exact, _) = Open(isInteractive: false);
        pipe.WriteAnswer(Hostile + "\tx\ny");
        Assert.Equal(Hostile + "\tx\ny" + Environment.NewLine, exact.ToString());
        var (screen, shown, _) = Open(isInteractive: true);
        screen.WriteAnswer(Hostile + "\tx\ny");
        Assert.Equal(Seen + "\tx\ny" + Environment.NewLine, shown.ToString());
    }

    [Fact]
    public void Json_keeps_its_value_everywhere()
    {
        var (terminal, output, _) = Open(isInteractive: true);
        terminal.WriteJson("{\n\"a\": \"\u202e\u009b\"\n}");
        Assert.Equal("{\n\"a\": \"\\u202e\\u009b\"\n}" + Environment.NewLine, output.ToString());
        Assert.Equal("\u202e\u009b", (string?)JsonNode.Parse(output.ToString())!["a"]);
    }

    [Fact]
    public void Names_of_folders_tokens_and_tasks_are_shown_without_codes()
    {
        string model = tiny.Copy("evil\u001b[31m");
        foreach (string name in (string[])["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"])
        {
            string file = Path.Combine(model, name);
            if (File.Exists(file)) File.WriteAllText(file, File.ReadAllText(file).Replace("[MASK]", "[M\\u001b[5m\\nASK]"));
        }

        var run = CliRun.Of("inspect", model); // CliRun asserts that there is no escape code
        Assert.Contains("evil·[31m", run.Output);
        Assert.Contains("[M·[5m ASK]", run.Output);
        Assert.Equal(model, (string?)JsonNode.Parse(CliRun.Of("inspect", model, "--json").Output)!["checkpoint"]);

        tiny.Write("evil-tasks/a.yaml", "task: \"t\\e[31m\\nx\"\ndataset_path: d\ntest_split: t\ndoc_to_text: x\ndoc_to_target: y\n");
        CliRun.Of("eval", "list", "t*", "--include-path", tiny.At("evil-tasks"));
        CliRun.Of("eval", "--tasks", "t\u001b[31m", "--include-path", tiny.At("evil-tasks")).ShouldBeMistake("error");
        CliRun.Of("sample", "hello", "--model", "no/such/\u001b[31m\u202e\nfolder").ShouldBeMistake("no/such/");
        CliRun.Of("verify", "no\u001b[31m").ShouldBeMistake("no");
    }

    private static (Terminal Terminal, StringWriter Output, StringWriter Error) Open(bool isInteractive)
    {
        StringWriter output = new(), error = new();
        return (new Terminal(TextReader.Null, output, error) { OutputIsInteractive = isInteractive, ErrorIsInteractive = isInteractive }, output, error);
    }
}
