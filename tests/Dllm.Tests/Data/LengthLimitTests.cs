using Dllm.Data;

namespace Dllm.Tests.Data;

public class LengthLimitTests
{
    private static TokenizedSample Sample(int length, int? prompt = null)
        => new(Enumerable.Range(1, length).ToArray(), new int[length], prompt);

    [Theory]
    [InlineData(4, null, LengthVerdict.Kept)]
    [InlineData(5, null, LengthVerdict.Cut)]
    [InlineData(5, 3, LengthVerdict.Cut)]
    [InlineData(5, 4, LengthVerdict.NoResponse)] // the prompt just fills the length
    [InlineData(5, 5, LengthVerdict.NoResponse)]
    [InlineData(3, 3, LengthVerdict.NoResponse)] // an empty response
    public void Ends_are_cut_and_rows_without_a_response_dropped(int length, int? prompt, LengthVerdict expected)
    {
        var sample = new LengthLimit { MaxLength = 4 }.Apply(Sample(length, prompt), out var verdict);

        Assert.Equal(expected, verdict);
        Assert.Equal(expected == LengthVerdict.NoResponse ? null : Math.Min(length, 4), sample?.Length);
    }

    [Fact]
    public void The_original_keeps_a_prompt_that_just_fits()
    {
        var limit = new LengthLimit { MaxLength = 4, KeepWithoutResponse = true };

        Assert.Equal(4, limit.Apply(Sample(5, 4), out _)?.Length);
        Assert.Null(limit.Apply(Sample(6, 5), out _));
    }

    [Fact]
    public void Long_rows_can_be_left_out_instead()
    {
        var limit = new LengthLimit { MaxLength = 4, Truncation = Truncation.Filter };

        Assert.Null(limit.Apply(Sample(5, 1), out var verdict));
        Assert.Equal(LengthVerdict.TooLong, verdict);
    }

    [Fact]
    public void Settings_that_cannot_train_are_refused()
    {
        Assert.Throws<DllmException>(() => new LengthLimit { MaxLength = 0 }.Validate());
        Assert.Throws<DllmException>(() => new LengthLimit { Truncation = Truncation.Left }.Validate());
    }

    [Fact]
    public void Counts_tell_what_was_left_out()
    {
        var prepared = new PreparedSamples([Sample(2)]) { Read = 1203, NoAnswer = 1200, TooLong = 2 };

        Assert.Equal("1 of 1,203 rows (1,200 without an answer, 2 too long)", prepared.Summary);
        Assert.Same(prepared, prepared.RequireAny("training"));
        Assert.Contains("test data set is empty", Assert.Throws<DllmException>(() => new PreparedSamples([]).RequireAny("test")).Message);
    }
}
