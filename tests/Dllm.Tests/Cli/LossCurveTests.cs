using Dllm.Cli.Display;
using Dllm.Training;

namespace Dllm.Tests.Cli;

public sealed class LossCurveTests
{
    [Fact]
    public void A_falling_loss_falls_from_the_upper_left_to_the_lower_right()
    {
        string[] lines = Curve(Enumerable.Range(0, 100).Select(i => 5.0 - i * 0.04)).Draw(60, 8).Split('\n');
        Assert.Equal("training loss by step: 5 at first, 1.04 at the end", lines[0]);
        Assert.StartsWith("       5 ┤", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("    1.04 ┤", lines[8], StringComparison.Ordinal);
        int[] starts = [.. lines[1..9].Select(line => line[10..].TakeWhile(c => c == '\u2800').Count())];
        Assert.Equal(starts.Order(), starts);
        Assert.All(lines, line => Assert.True(line.Length <= 60));
    }

    [Fact]
    public void A_constant_loss_and_one_that_is_not_finite_can_be_drawn()
    {
        Assert.NotEmpty(Curve([2, 2, 2]).Draw());
        Assert.NotEmpty(Curve([2, double.NaN, 1]).Draw());
        Assert.Empty(Curve([2]).Draw());
        Assert.Empty(Curve([]).Draw());
    }

    [Fact]
    public void Resuming_takes_back_what_will_be_told_again()
    {
        var curve = Curve([4, 3, 2, 1]);
        curve.Rewind(2);
        Assert.Equal([(1.0, 4.0), (2.0, 3.0)], curve.Training);
    }

    [Fact]
    public void The_picture_is_a_png()
    {
        string file = Path.Combine(Path.GetTempPath(), $"dllm-{Guid.NewGuid():N}.png");
        try
        {
            Assert.True(Curve([3, 2, 1]).SavePng(file, "a title"));
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(file)[..4]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_picture_that_cannot_be_written_is_a_mistake() =>
        Assert.Throws<DllmException>(() => Curve([3, 2, 1]).SavePng("/no/such/folder/loss.png", ""));

    [Fact]
    public void A_full_bar_fits_the_screen()
    {
        var progress = new TrainingProgress(120, 1080, 1, 2.31, 1e-3, 0.6249, 12345.6, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(125));
        string wide = TrainingConsole.Bar(progress, 120), narrow = TrainingConsole.Bar(progress, 80);
        Assert.EndsWith("120/1080 · loss 2.31 · lr 0.001 · grad 0.625 · 12,346 tokens/s · 2 min 05 s left", wide, StringComparison.Ordinal);
        Assert.EndsWith("120/1080 · loss 2.31 · lr 0.001 · grad 0.625 · 2 min 05 s left", narrow, StringComparison.Ordinal);
        Assert.All([(wide, 120), (narrow, 80)], shown => Assert.True(shown.Item1.Length < shown.Item2 && shown.Item1[0] == '█'));
    }

    private static LossCurve Curve(IEnumerable<double> losses)
    {
        var curve = new LossCurve();
        int step = 0;
        foreach (double loss in losses) curve.Write(new MetricEvent(++step, 0, default, [KeyValuePair.Create("loss", loss)]));
        return curve;
    }
}
