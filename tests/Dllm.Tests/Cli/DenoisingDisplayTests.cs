using Dllm.Cli;
using Dllm.Cli.Display;
using Dllm.Sampling;

namespace Dllm.Tests.Cli;

/// <summary>What is shown of the steps: which tokens are new, how many were written, and nothing that a terminal would obey.</summary>
public class DenoisingDisplayTests
{
    private const int Mask = 9;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Columns_written_since_the_canvas_was_shown_pile_up()
    {
        var canvas = Canvas.ForCompletion([[1], [2]], 3, Mask, 0);
        var changed = new ChangedColumns(canvas);
        changed.Add(Step(new CanvasChange(0, 1, 5, 1), new CanvasChange(1, 3, 5, 1)));
        changed.Add(Step(new CanvasChange(0, 2, 6, 1)));
        Assert.Equal([1, 2], changed.Of(0).Order());
        Assert.Equal([3], changed.Of(1));
        changed.Clear();
        Assert.Empty(changed.Of(0));
    }

    [Fact]
    public void In_rows_that_change_their_length_the_columns_move_along()
    {
        var canvas = Canvas.ForEditing([[1, 2]], 2, 1, Mask, 0);
        var changed = new ChangedColumns(canvas);
        changed.Add(Step(new CanvasChange(0, 2, 5, 1))); // 1 2 5 M
        changed.Add(Step() with { Replacements = [new RowReplacement(0, [1, 7, 2, 5, 6], [0, -1, 1, 2, 3])] });
        Assert.Equal([1, 3, 4], changed.Of(0).Order());
        changed.Clear();
        changed.Add(Step() with { Replacements = [new RowReplacement(0, [1, 2, 5, 6], [0, 2, 3, 4])] });
        Assert.Empty(changed.Of(0));
    }

    [Fact]
    public void Tokens_are_counted_without_padding_and_less_what_is_masked_again()
    {
        var pace = new SamplingPace();
        SampleStep[] steps =
        [
            Step(new CanvasChange(0, 1, 5, 1), new CanvasChange(0, 2, 6, 1)),
            Step(new CanvasChange(0, 1, Mask, 1), new CanvasChange(0, 3, 6, 1)),
            Step(new CanvasChange(0, 4, 0, 1), new CanvasChange(0, 5, 0, 1), new CanvasChange(0, 1, 3, 1)) with { Padded = 2 },
            Step() with { Replacements = [new RowReplacement(0, [1, 2], [0, -1]) { Written = 1 }] },
        ];
        Assert.Equal(4, pace.Measure(steps, Mask).Count());
        Assert.Equal(2 + 0 + 1 + 1, pace.Tokens);
    }

    [Fact]
    public void The_first_step_which_warms_up_is_no_part_of_the_pace()
    {
        IEnumerable<SampleStep> Steps()
        {
            Thread.Sleep(300);
            yield return Step(new CanvasChange(0, 1, 5, 1));
            for (int i = 0; i < 10; i++) yield return Step(new CanvasChange(0, 1, 5, 1), new CanvasChange(0, 2, 5, 1));
        }

        var pace = new SamplingPace();
        var steps = pace.Measure(Steps(), Mask).GetEnumerator();
        steps.MoveNext();
        Assert.InRange(pace.TokensPerSecond, 0.1, 1 / 0.29); // of one step there is no other
        while (steps.MoveNext()) ;
        Assert.Equal(21, pace.Tokens);
        Assert.True(pace.TokensPerSecond > 21 / 0.3, "the first step is counted");
    }

    [Theory]
    [InlineData(40, 3)]
    [InlineData(20, 5)]
    [InlineData(19, 7)]
    [InlineData(100, 3)]
    public void A_resized_window_breaks_lines_and_all_their_rows_are_taken_back(int width, int rows) =>
        Assert.Equal(rows, LiveRegion.RowsOf([40, 0, 39], width));

    [Fact]
    public void Each_drawing_is_put_in_the_place_of_the_one_before_and_the_last_is_taken_away()
    {
        int width = 41, height = 20;
        var output = new StringWriter();
        var terminal = new Terminal(new StringReader(""), output, new StringWriter()) { OutputIsInteractive = true, Size = () => (width, height) };
        string Drawn(Action draw)
        {
            output.GetStringBuilder().Clear();
            draw();
            return output.ToString();
        }

        using var region = new LiveRegion(terminal);
        var text = new Spectre.Console.Text(new string('a', 40) + "\nb");
        Assert.StartsWith("\u001b[2Kaaa", Drawn(() => region.Show(text)), StringComparison.Ordinal);
        width = 20; // the terminal has broken the first line
        Assert.StartsWith("\u001b[3A\r\u001b[2Kaaa", Drawn(() => region.Show(text)), StringComparison.Ordinal);
        height = 3; // the end of it fits
        Assert.EndsWith("\u001b[4A\r\u001b[2Kaa\n\u001b[2Kb\n\u001b[J", Drawn(() => region.Show(text)), StringComparison.Ordinal);
        Assert.Equal("\u001b[2A\r\u001b[J", Drawn(region.Dispose));
        Assert.Equal("", Drawn(() => region.Show(text)));
    }

    [Fact]
    public void An_early_stop_tells_what_is_padding()
    {
        using var denoiser = new Sampling.TableDenoiser();
        var canvas = Canvas.ForCompletion([[1, 2]], 12, 22, 21);
        var options = new MdlmSamplerOptions { Steps = 12, BlockSize = 1, SuppressTokens = [22] };
        var first = new MdlmSampler(denoiser, options).Sample(canvas.Copy(), Cancellation).First();
        options = options with { EosEarlyStop = true, EndTokenIds = [first.Changes[0].Id] };
        var step = Assert.Single(new MdlmSampler(denoiser, options).Sample(canvas, Cancellation));
        Assert.Equal((12, 11), (step.Changes.Count, step.Padded));
        Assert.Equal(11, step.Changes.Count(change => float.IsNaN(change.Confidence))); // nobody was sure of them
    }

    [Theory]
    [InlineData(true, ";48;5;34m")]
    [InlineData(false, "\u001b[7m")]
    public void On_a_terminal_new_tokens_stand_out_with_colours_and_without(bool usesColour, string code)
    {
        var output = new StringWriter();
        var terminal = new Terminal(new StringReader(""), output, new StringWriter())
        {
            OutputIsInteractive = true,
            UsesColour = usesColour,
            Width = 60,
        };
        if (usesColour) terminal.Console.Profile.Capabilities.ColorSystem = Spectre.Console.ColorSystem.EightBit;
        var canvas = Canvas.ForCompletion([[1], [2]], 2, 22, 21);
        using var denoiser = new Sampling.TableDenoiser();
        var sampler = new MdlmSampler(denoiser, new MdlmSamplerOptions { Steps = 2, SuppressTokens = [22] });
        var text = new CanvasText(ids => string.Concat(ids.Select(id => $" w{id}")));
        new DenoisingDisplay(terminal, text) { Hold = TimeSpan.FromMilliseconds(1) }.RunLive(sampler, canvas, Cancellation);
        Assert.Contains(code, output.ToString(), StringComparison.Ordinal);
        Assert.Contains("step 2/2 · 0 masks left", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("[2] ", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_terminal_would_obey_becomes_a_dot_and_in_a_pipe_stays()
    {
        const string Answer = "a\u001b[31mb\u009bc\u202ed\te\r\nf";
        Assert.Equal("a·[31mb·c·d\te\nf", VisibleText.Of(Answer));
        Assert.Equal("👩‍👩‍👧 שלום\u200f.", VisibleText.Of("👩‍👩‍👧 שלום\u200f."));
        foreach (bool isTerminal in (bool[])[true, false])
        {
            var output = new StringWriter();
            new Terminal(new StringReader(""), output, new StringWriter()) { OutputIsInteractive = isTerminal }.WriteAnswer(Answer);
            Assert.Equal(!isTerminal, output.ToString().Contains('\u001b'));
        }
    }

    private static SampleStep Step(params CanvasChange[] changes) => new(1, 4, 0, 1, changes, 1);
}
