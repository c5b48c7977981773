using Dllm.Cli.Display;
using Dllm.Sampling;

namespace Dllm.Tests.Cli;

public class CanvasTextTests
{
    private const int Mask = 0;
    private static readonly CanvasText Words = new(ids => string.Concat(ids.Select(id => id switch { 9 => "", 8 => "\u001b[2J", _ => $" w{id}" })));

    [Fact]
    public void Masks_stand_apart_and_kinds_are_told()
    {
        var canvas = Canvas.ForInfilling([[1, Mask, Mask, 2, Mask]], Mask, 9);
        canvas.Apply(new SampleStep(1, 3, 0, 1, [new CanvasChange(0, 1, 5, 1)], 2));
        Assert.Equal(
            [
                new CanvasSpan(" w1", CanvasSpanKind.Given), new(" w5", CanvasSpanKind.Changed), new(" ░░", CanvasSpanKind.Masked),
                new(" w2", CanvasSpanKind.Given), new(" ░░", CanvasSpanKind.Masked),
            ],
            Words.Row(canvas, 0, new HashSet<int> { 1 }));
    }

    [Fact]
    public void A_token_of_an_earlier_step_is_committed()
    {
        var canvas = Canvas.ForCompletion([[1]], 2, Mask, 9);
        canvas.Apply(new SampleStep(1, 2, 0, 1, [new CanvasChange(0, 1, 5, 1)], 1));
        canvas.Apply(new SampleStep(2, 2, 0, 1, [new CanvasChange(0, 2, 6, 1)], 0));
        Assert.Equal(
            [new CanvasSpan(" w5", CanvasSpanKind.Committed), new(" w6", CanvasSpanKind.Changed)],
            Words.Row(canvas, 0, new HashSet<int> { 2 }, from: 1));
    }

    [Fact]
    public void A_letter_of_several_tokens_is_never_cut()
    {
        byte[] letter = "é"u8.ToArray();
        var bytes = new CanvasText(ids => System.Text.Encoding.UTF8.GetString([.. ids.Select(id => (byte)id)]));
        var canvas = Canvas.ForCompletion([[65]], 2, Mask, 66);
        canvas.Apply(new SampleStep(1, 2, 0, 1, [new CanvasChange(0, 1, letter[0], 1), new CanvasChange(0, 2, letter[1], 1)], 0));
        var spans = bytes.Row(canvas, 0, new HashSet<int> { 2 });
        Assert.Equal("Aé", string.Concat(spans.Select(span => span.Text)));
    }

    [Fact]
    public void Escape_codes_of_a_model_do_not_reach_the_terminal()
    {
        var canvas = Canvas.ForCompletion([[8]], 1, Mask, 9);
        Assert.DoesNotContain(Words.Row(canvas, 0, new HashSet<int>()), span => span.Text.Contains('\u001b'));
    }

    [Fact]
    public void Special_tokens_leave_no_empty_span()
    {
        var canvas = Canvas.ForInfilling([[9, 1, 9], [Mask]], Mask, 9);
        Assert.Equal([new CanvasSpan(" w1", CanvasSpanKind.Given)], Words.Row(canvas, 0, new HashSet<int>()));
    }

    [Fact]
    public void A_row_ends_before_its_padding()
    {
        var canvas = Canvas.ForInfilling([[1, Mask, 1, 1], [2, Mask]], Mask, 7);
        Assert.Equal(" w2 ░░", string.Concat(Words.Row(canvas, 1, new HashSet<int>()).Select(span => span.Text)));
    }

    [Fact]
    public void One_line_has_no_line_ends() =>
        Assert.Equal("a⏎b", CanvasText.OneLine([new CanvasSpan(" a\nb", CanvasSpanKind.Given)]));
}
