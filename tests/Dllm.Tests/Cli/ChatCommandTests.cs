namespace Dllm.Tests.Cli;

public sealed class ChatCommandTests(TinyCheckpoint tiny) : IClassFixture<TinyCheckpoint>
{
    [Fact]
    public void Each_line_gets_an_answer_of_one_line()
    {
        var run = Chat("hello\n\nwhere is anna ?\n");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, run.Output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void An_interruption_just_before_a_line_is_awaited_ends_the_chat()
    {
        using var interruption = new Dllm.Cli.Interruption();
        interruption.Cancel();
        Assert.Throws<OperationCanceledException>(() => interruption.ReadLine(new StringReader("hello\n")));
    }

    [Fact]
    public void On_a_terminal_an_interrupted_answer_is_forgotten_and_the_chat_goes_on()
    {
        using var interruption = new Dllm.Cli.Interruption();
        var output = new StringWriter();
        var terminal = new Dllm.Cli.Terminal(new InterruptedReader(interruption), output, new StringWriter())
        {
            InputIsInteractive = true,
            OutputIsInteractive = true,
        };
        string[] command = ["chat", "--model", tiny.Model, "--max-new-tokens", "5", "--hold", "0"];
        Assert.Equal(0, Dllm.Cli.DllmCommandLine.Run(command, terminal, interruption));
        Assert.Contains("(interrupted", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("there is nothing to take back", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(" tokens/s", output.ToString(), StringComparison.Ordinal); // of the second answer
    }

    private sealed class InterruptedReader(Dllm.Cli.Interruption interruption) : TextReader
    {
        private readonly Queue<string?> _lines = new(["hello", "/undo", "who is anna ?", null]);

        public override string? ReadLine()
        {
            if (_lines.Count == 4) interruption.Cancel();
            return _lines.Dequeue();
        }
    }

    [Fact]
    public void A_picture_of_no_answer_is_not_written_and_that_is_told()
    {
        string gif = tiny.At("none.gif");
        var run = CliRun.WithInput("/reset\n", "chat", "--model", tiny.Model, "--gif", gif);
        Assert.Equal((0, $"warning: '{gif}' is not written: there was no answer to show"), (run.ExitCode, run.Error.TrimEnd()));
        Assert.False(File.Exists(gif));
    }

    [Fact]
    public void The_second_answer_sees_the_first_turn()
    {
        string together = Chat("anna is in the garden .\nwhere is anna ?\n").Output.TrimEnd().Split('\n')[1];
        string afterReset = Chat("anna is in the garden .\n/reset\nwhere is anna ?\n").Output.TrimEnd().Split('\n')[^1];
        string afterUndo = Chat("anna is in the garden .\n/undo\nwhere is anna ?\n").Output.TrimEnd().Split('\n')[^1];
        string alone = Chat("where is anna ?\n").Output.TrimEnd();
        Assert.Equal(alone, afterReset);
        Assert.Equal(alone, afterUndo);
        Assert.NotEqual(alone, together);
    }

    [Fact]
    public void Settings_can_be_seen_and_changed()
    {
        string[] lines = Chat("/set steps 3\n/set suppress-tokens 1,2\n/settings\n").Output.TrimEnd().Split('\n');
        Assert.Contains("steps                 3", lines);
        Assert.Contains("suppress-tokens       1,2", lines);
        Assert.Contains("max-new-tokens        5", lines); // as given on the command line
    }

    [Fact]
    public void A_changed_setting_is_used() =>
        Assert.Equal(3, Chat("/set steps 3\nhello\n", "--visualize").Output.Split('\n').Count(line => line.StartsWith("step ", StringComparison.Ordinal)));

    [Theory]
    [InlineData("/set stpes 3", "did you mean 'steps'?")]
    [InlineData("/set steps 0", "1 to 1000000")]
    [InlineData("/set steps", "needs a name and a value")]
    [InlineData("/rest", "did you mean /reset?")]
    public void A_wrong_command_is_a_mistake(string command, string told) => Chat(command + "\n").ShouldBeMistake(told);

    [Fact]
    public void Quit_ends_before_the_input_does() => Assert.Equal("", Chat("/quit\nhello\n").Output);

    [Fact]
    public void Undo_without_a_turn_is_no_mistake() => Assert.Equal(0, Chat("/undo\n").ExitCode);

    [Fact]
    public void A_conversation_that_outgrows_the_context_is_a_mistake() =>
        Chat(string.Join('\n', Enumerable.Repeat("where is anna and who is in the garden ?", 10))).ShouldBeMistake("at most 64");

    private CliRun Chat(string input, params string[] more) =>
        CliRun.WithInput(input, ["chat", "--model", tiny.Model, "--max-new-tokens", "5", .. more]);
}
