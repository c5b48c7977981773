using Dllm.Cli;
using Dllm.Cli.Display;
using Dllm.Evaluation.Running;

namespace Dllm.Tests.Cli;

/// <summary>What an evaluation says while it runs.</summary>
public sealed class EvalDisplayTests
{
    private readonly StringWriter _error = new();
    private readonly ManualClock _clock = new();

    [Fact]
    public void In_a_pipe_each_stage_begins_with_a_line_and_goes_on_with_one_every_five_seconds()
    {
        using var display = new EvalDisplay(Pipe(), _clock);
        display.Begin("opening the model");
        display.Report(new EvalProgress(EvalProgress.Likelihoods, 0, 100, 0));
        for (int done = 1; done <= 4; done++)
        {
            _clock.Advance(2);
            display.Report(new EvalProgress(EvalProgress.Likelihoods, done, 100, 0));
        }

        Assert.Equal(
            ["opening the model …", "likelihoods: 0 of 100", "likelihoods: 3 of 100, 0.5 a second, about 3 min 14 s left"],
            Lines());
        display.Report(new EvalProgress(EvalProgress.Likelihoods, 100, 100, 0));
        Assert.Equal("likelihoods: 100 of 100, 12.5 a second", Lines()[^1]);
    }

    [Fact]
    public void A_forward_that_takes_long_is_no_silence()
    {
        using var display = new EvalDisplay(Pipe(), _clock);
        display.Report(new EvalProgress(EvalProgress.Texts, 0, 8, 0));
        for (int second = 0; second < 26; second++) _clock.Advance(1, beats: true);
        Assert.Equal(Enumerable.Repeat("answers in text: 0 of 8", 6), Lines());
        display.Clear();
        for (int second = 0; second < 26; second++) _clock.Advance(1, beats: true);
        Assert.Equal(6, Lines().Length);
    }

    [Fact]
    public void After_hours_lines_are_fewer()
    {
        using var display = new EvalDisplay(Pipe(), _clock);
        display.Report(new EvalProgress(EvalProgress.Texts, 0, 8, 0));
        _clock.Advance(36_000);
        display.Report(new EvalProgress(EvalProgress.Texts, 1, 8, 0));
        int before = Lines().Length;
        for (int second = 0; second < 60; second++) _clock.Advance(1, beats: true);
        Assert.Equal(before + 2, Lines().Length);
    }

    [Theory]
    [InlineData(0, 0, 0, "likelihoods …")]
    [InlineData(5, 10, 5, "likelihoods: 5 of 10 (5 known before)")]
    [InlineData(6, 10, 5, "likelihoods: 6 of 10 (5 known before), 0.1 a second, about 40 s left")]
    public void What_is_shown_counts_what_was_asked_only(int done, int total, int known, string expected) =>
        Assert.Equal(expected, EvalDisplay.Text(new EvalProgress(EvalProgress.Likelihoods, done, total, known), TimeSpan.FromSeconds(10)));

    [Fact]
    public void Columns_fit_the_screen()
    {
        string[][] rows = [["NAME", "WHAT"], ["a\u001b\nb", "long text"], ["ccccc", ""]];
        Assert.Equal(["NAME   WHAT", "a· b   long text", "ccccc"], TextColumns.Of(rows, null));
        Assert.Equal(["NAME   WHAT", "a· b   lon…", "ccccc"], TextColumns.Of(rows, 11));
        Assert.All(TextColumns.Of(rows, 9), line => Assert.InRange(line.Length, 1, 9));
        Assert.Empty(TextColumns.Of([], 9));
    }

    [Fact]
    public void The_list_leaves_members_to_their_groups_and_says_what_is_asked()
    {
        var run = CliRun.Of("eval", "list");
        string[] lines = run.Output.Split('\n');
        Assert.StartsWith("NAME ", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("mmlu ", StringComparison.Ordinal) && line.Contains("group of 57") && line.Contains("57 subjects"));
        Assert.Contains(lines, line => line.StartsWith("piqa ", StringComparison.Ordinal) && line.Contains(" validation ") && line.Contains("Bisk et al., 2020"));
        Assert.DoesNotContain(lines, line => line.StartsWith("mmlu_anatomy", StringComparison.Ordinal) || line.StartsWith("bbh_zeroshot_navigate", StringComparison.Ordinal));
        Assert.Contains(CliRun.Of("eval", "list", "mmlu_a*").Output.Split('\n'), line => line.StartsWith("mmlu_anatomy ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gsm8k", "openai/gsm8k (main)", "split test", "5 of split train", "strict-match")]
    [InlineData("mmlu", "group of 57 tasks", "mmlu_stem, mmlu_other", "acc, the mean over documents", "multiple_choice")]
    public void A_single_name_is_described(string name, params string[] facts) => Assert.All(facts, fact => Assert.Contains(fact, CliRun.Of("eval", "list", name).Output));

    private Terminal Pipe() => new(TextReader.Null, TextWriter.Null, _error);

    private string[] Lines() => _error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    // Time passes when it is told to.
    private sealed class ManualClock : TimeProvider
    {
        private long _now;
        private Action? _beat;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _now;

        public void Advance(int seconds, bool beats = false)
        {
            _now += seconds;
            if (beats) _beat?.Invoke();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _beat = () => callback(state);
            return new Nothing();
        }

        private sealed class Nothing : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
