using Dllm.Sampling;

namespace Dllm.Tests.Sampling;

public class CanvasTests
{
    private const int Mask = 9;
    private const int End = 8;

    [Fact]
    public void CompletionPutsMasksBehindEachPromptAndPaddingBehindShorterRows()
    {
        var canvas = Canvas.ForCompletion([[1, 2, 3], [], [4]], 2, Mask, End);
        Assert.Equal((3, 5, 2, 6), (canvas.Rows, canvas.Width, canvas.Span, canvas.MasksLeft));
        Assert.Equal([1, 2, 3, Mask, Mask], canvas.Row(0).ToArray());
        Assert.Equal([Mask, Mask, End, End, End], canvas.Row(1).ToArray());
        Assert.Equal([4, Mask, Mask, End, End], canvas.Row(2).ToArray());
        Assert.Equal([5, 2, 3], [canvas.Length(0), canvas.Length(1), canvas.Length(2)]);
        Assert.True(canvas.IsGiven(0, 2) && !canvas.IsGiven(0, 3) && !canvas.IsGiven(1, 3));
    }

    [Fact]
    public void InfillingKeepsRowsAsTheyAre()
    {
        var canvas = Canvas.ForInfilling([[1, Mask, 3], [Mask]], Mask, End);
        Assert.Equal((3, 3, 2), (canvas.Width, canvas.Span, canvas.MasksLeft));
        Assert.Equal([Mask, End, End], canvas.Row(1).ToArray());
    }

    [Fact]
    public void APromptsMaskIsATokenAsAnyOther()
    {
        var canvas = Canvas.ForCompletion([[1, Mask, 3], [Mask]], 2, Mask, End);
        Assert.Equal((4, 2), (canvas.MasksLeft, canvas.CountMasks(0, 0, 5)));
        Assert.True(canvas.IsGiven(0, 1) && canvas.IsGiven(1, 0) && !canvas.IsMask(0, 1) && canvas.IsMask(0, 3));
        Assert.Equal([Mask, Mask], canvas.Written(1));
        Assert.Equal(2, Rnd1Canvas.ForCompletion([[1, Mask]], 3, Mask, End, End).MasksLeft);
        Assert.Equal(1, Canvas.ForEditing([[1, Mask]], 1, 0, Mask, End).MasksLeft);
    }

    [Fact]
    public void AnEmptyRowMayGetATokenToStartFrom()
    {
        Assert.Equal([7, Mask], Canvas.ForCompletion([[]], 1, Mask, End, emptyRowTokenId: 7).Row(0).ToArray());
        Assert.Equal([7, End], Canvas.ForInfilling([[], [1, Mask]], Mask, End, emptyRowTokenId: 7).Row(0).ToArray());
    }

    [Fact]
    public void BlocksOfACompletionBeginBehindThePromptAndReachBackForLeftOvers()
    {
        var canvas = Canvas.ForCompletion([[1, 2, 3], [4]], 5, Mask, End);
        var blocks = canvas.BlockOfEachRow(2, 2);
        Assert.Equal(new CanvasBlock(0, 7, 8), blocks[0]); // the last block is cut short
        Assert.Equal(new CanvasBlock(0, 5, 6), blocks[1]);
    }

    [Fact]
    public void BlocksOfAnInfillingAreColumns()
    {
        var canvas = Canvas.ForInfilling([[1, 2, 3, 4, Mask], [Mask, 1, 2]], Mask, End);
        var blocks = canvas.BlockOfEachRow(1, 2);
        Assert.Equal(new CanvasBlock(2, 2, 4), blocks[0]);
        Assert.Equal(new CanvasBlock(2, 2, 3), blocks[1]);
        Assert.Equal(new CanvasBlock(3, 3, 3), canvas.BlockOfEachRow(2, 2)[1]); // beyond the row: empty
    }

    [Fact]
    public void ChangesAreAppliedAndReadBack()
    {
        var canvas = Canvas.ForCompletion([[1], [2, 3]], 2, Mask, End);
        var copy = canvas.Copy();
        copy.Apply(new SampleStep(1, 2, 0, 1, [new(0, 1, 5, 0.5f), new(1, 3, 6, 0.5f)], 2));
        Assert.Equal([5, Mask], copy.Written(0));
        Assert.Equal([Mask, 6], copy.Written(1));
        Assert.Equal((2, 4), (copy.MasksLeft, canvas.MasksLeft));
    }

    [Fact]
    public void WrittenReadsTheGapsOfAnInfilling()
    {
        var canvas = Canvas.ForInfilling([[Mask, 1, Mask, 2]], Mask, End);
        canvas.Apply(new SampleStep(1, 1, 0, 1, [new(0, 0, 5, 1), new(0, 2, 6, 1)], 0));
        Assert.Equal([5, 6], canvas.Written(0));
    }

    [Fact]
    public void PaddingIsNoMaskThoughItLooksLikeOne() =>
        Assert.Equal(2, Canvas.ForCompletion([[1, 2, 3], []], 1, Mask, paddingTokenId: Mask).MasksLeft);

    [Fact]
    public void ThereHasToBeSomethingToFill()
    {
        Assert.ThrowsAny<DllmException>(() => Canvas.ForCompletion([], 1, Mask, End));
        Assert.ThrowsAny<DllmException>(() => Canvas.ForCompletion([[1]], 0, Mask, End));
        Assert.ThrowsAny<DllmException>(() => Canvas.ForInfilling([], Mask, End));
        Assert.ThrowsAny<DllmException>(() => Canvas.ForInfilling([[], []], Mask, End));
    }
}
