namespace Dllm.Tests.Cli;

public class BundledChatTests
{
    [Fact]
    public void The_bundled_checkpoint_answers_without_any_option()
    {
        string model = Path.Combine(AppContext.BaseDirectory, "Quickstart", "Chat");
        var run = CliRun.WithInput("what is the capital of france?\nhi, my name is clara.\ndo you know my name?\n", "chat", "--model", model);
        Assert.Equal("", run.Error);
        string[] answers = run.Output.TrimEnd().Split('\n');
        Assert.Equal("the capital of france is paris.", answers[0]);
        Assert.Contains("clara", answers[2], StringComparison.Ordinal);
    }
}
