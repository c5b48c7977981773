using System.Text.Json;
using Dllm.Cli.Quickstart.World;

namespace Dllm.Tests.Cli;

public class BundledChatTests
{
    private static readonly string Model = Path.Combine(AppContext.BaseDirectory, "Quickstart", "Chat");

    [Fact]
    public void The_bundled_checkpoint_answers_without_any_option()
    {
        string[] answers = Chat("what is the capital of france?\nhi, my name is clara.\ndo you know my name?\n");
        Assert.Equal("the capital of france is paris.", answers[0]);
        Assert.Contains("clara", answers[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Small_talk_is_answered_as_taught() =>
        Assert.Equal(SmallTalk.Questions.Select(question => question.Answer), Sample(SmallTalk.Questions.Select(question => question.Text)));

    [Fact]
    public void A_talk_begins_as_people_begin_it() => Assert.Equal(
        ["hello! what is your name?", "hello clara, nice to meet you!", "i am bert and i love to talk.", "your name is clara.", "goodbye, my friend!"],
        Chat("hello\nclara\nwho are you?\nwhat is my name?\nbye\n"));

    [Fact]
    public void Nearly_every_sum_up_to_ten_is_right_whether_it_was_taught_or_not()
    {
        var sums = Enumerable.Range(2, Lexicon.LargestNumber - 1).SelectMany(total => Enumerable.Range(1, total - 1).Select(part => (A: total - part, B: part)));
        var answers = Sample(sums.Select(sum => $"what is {sum.A} plus {sum.B}?")).ToList();
        Assert.Contains("2 plus 3 is 5.", answers);
        Assert.InRange(sums.Zip(answers).Count(pair => pair.Second == $"{pair.First.A} plus {pair.First.B} is {pair.First.A + pair.First.B}."), 42, 45);
    }

    private static string[] Chat(string input)
    {
        var run = CliRun.WithInput(input, "chat", "--model", Model);
        Assert.Equal("", run.Error);
        return run.Output.TrimEnd().Split('\n');
    }

    private static IEnumerable<string> Sample(IEnumerable<string> prompts)
    {
        var run = CliRun.Of(["sample", "--model", Model, "--json", .. prompts]);
        Assert.Equal("", run.Error);
        return run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!);
    }
}
