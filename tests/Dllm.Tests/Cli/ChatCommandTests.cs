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
    [InlineData("/set eps 0.1", "--eps does nothing")]
    [InlineData("/retry", "no question")]
    [InlineData("/save", "needs a file")]
    [InlineData("/save talk.jsonl", "no conversation")]
    [InlineData("/rest", "did you mean /reset?")]
    public void A_wrong_command_is_a_mistake(string command, string told) => Chat(command + "\n").ShouldBeMistake(told);

    [Fact]
    public void A_change_is_confirmed_and_a_single_setting_shown()
    {
        Assert.Equal("(steps is 3; it was 128)\n(steps is 3)\n", Chat("/set steps 3\n/set steps\n").Output);
        Assert.Equal("(steps is 3; it was 128)\n(steps is 128; it was 3)\n", Chat("/steps 3\n/set steps default\n").Output);
    }

    [Fact]
    public void The_steps_of_the_last_answer_are_shown()
    {
        string[] lines = Chat("/steps\nhello\n/set steps 3\nwhere is anna ?\n/steps\n").Output.TrimEnd().Split('\n');
        Assert.Contains("no answer yet", lines[0], StringComparison.Ordinal);
        Assert.Equal(["step 1/3", "step 2/3", "step 3/3"], lines[^3..].Select(line => line[..8]));
    }

    [Fact]
    public void The_last_question_is_answered_again_in_place_of_the_answer()
    {
        string file = tiny.At("retried.jsonl");
        string[] lines = Chat($"hello\n/set temperature 1\n/retry\n/retry\n/save {file}\n").Output.TrimEnd().Split('\n');
        Assert.Contains("(seed is 2; it was 1)", lines);
        Assert.Equal($"(2 messages are line 1 of {file})", lines[^1]);
    }

    [Fact]
    public void A_saved_conversation_is_read_again()
    {
        string file = tiny.At("saved.jsonl");
        File.WriteAllText(file, "{\"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}"); // no line end
        var run = Chat($"/system the garden is big .\nwhere is <anna> ? ß\n/save {file}\n");
        Assert.EndsWith($"(3 messages are line 2 of {file})\n", run.Output, StringComparison.Ordinal);
        string saved = File.ReadAllLines(file)[1];
        Assert.StartsWith(
            """{"messages":[{"role":"system","content":"the garden is big ."},{"role":"user","content":"where is <anna> ? ß"},{"role":"assistant",""",
            saved,
            StringComparison.Ordinal);
        var read = CliRun.Of("sample", "--file", file, "--model", tiny.Model, "--max-new-tokens", "4");
        Assert.Equal((0, 2), (read.ExitCode, read.Output.TrimEnd().Split('\n').Length));
    }

    [Theory]
    [InlineData("talk.txt", "does not end in .jsonl")]
    [InlineData("no/such/talk.jsonl", "does not exist")]
    public void A_conversation_goes_only_where_it_can_be_read(string file, string told) => Chat($"hello\n/save {tiny.At(file)}\n").ShouldBeMistake(told);

    [Fact]
    public void The_system_message_is_set_shown_and_taken_back()
    {
        Assert.Equal(
            "(there is no system message)\n(the system message is: be kind)\n(there is no system message)\n",
            Chat("/system\n/system be kind\n/system none\n").Output);
        Assert.Equal("(the system message is: be kind)\n", Chat("/system\n", "--system", "be kind").Output);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("sample")]
    public void A_model_without_a_template_of_its_own_is_told_with_what_stands_in(string command)
    {
        string model = tiny.Copy("no-template");
        string file = Path.Combine(model, "tokenizer_config.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"chat_template\"", "\"response_schema\"", StringComparison.Ordinal));
        var run = CliRun.WithInput("where is anna ?\n", command, "--model", model, "--max-new-tokens", "4");
        Assert.Equal(0, run.ExitCode);
        string told = Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.All(["no chat template", "modernbert", "--chat-template"], words => Assert.Contains(words, told, StringComparison.Ordinal));
        string template = tiny.Write("own.jinja", "{{ messages[-1].content }}");
        var own = CliRun.WithInput("where is anna ?\n", command, "--model", model, "--max-new-tokens", "4", "--chat-template", template);
        Assert.Equal("", own.Error);
    }

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
