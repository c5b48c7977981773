using Dllm.Sampling;
using Dllm.Tests.Models;
using TorchSharp;

namespace Dllm.Tests.Sampling;

public sealed class EditFlowSamplerTests : IDisposable
{
    private const int Mask = 22;
    private const int End = 21;
    private const int Begin = 20;
    private static readonly EditFlowOptions Options = new() { Tau = 0.05, MaskLength = 6 };

    private readonly TableEditDenoiser _denoiser = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _denoiser.Dispose();

    [Fact]
    public void PromptsStayAndNoMaskIsLeft()
    {
        var canvas = Completion([1, 2, 3], [], [Begin, 4]);
        Sample(canvas, Options);
        Assert.Equal([Begin, 1, 2, 3], canvas.Tokens(0)[..4].ToArray());
        Assert.Equal(Begin, canvas.Tokens(1)[0]);
        Assert.Equal([Begin, 4], canvas.Tokens(2)[..2].ToArray());
        Assert.Equal(0, canvas.MasksLeft);
    }

    [Fact]
    public void TheStepsRebuildTheCanvas()
    {
        var canvas = Completion([1, 2, 3], [5]);
        var replay = canvas.Copy();
        var steps = Sample(canvas, Options);
        foreach (var step in steps) replay.Apply(step);
        for (var row = 0; row < 2; row++)
        {
            Assert.Equal(canvas.Tokens(row).ToArray(), replay.Tokens(row).ToArray());
            Assert.Equal(canvas.Written(row), replay.Written(row));
            Assert.Equal(canvas.Tokens(row)[(row == 0 ? 4 : 2)..].ToArray(), canvas.Written(row));
        }

        Assert.Contains(steps, step => step.Replacements.Count > 0);
        Assert.Equal(canvas.MasksLeft, steps[^1].MasksLeft);
        Assert.Equal(Enumerable.Range(1, steps.Count), steps.Select(step => step.Step));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.8)]
    public void ARowIsTheSameWhateverStandsBesideIt(double temperature)
    {
        var options = Options with { Temperature = temperature, Seed = 7 };
        var (alone, together) = (Completion([1, 2, 3]), Completion([1, 2, 3], [], [4, 5, 6, 7, 8, 9]));
        Sample(alone, options);
        Sample(together, options);
        Assert.Equal(alone.Tokens(0).ToArray(), together.Tokens(0).ToArray());
    }

    [Fact]
    public void RowsWithoutAnEditAreNotPredictedAgain()
    {
        using var quiet = new TableEditDenoiser(scale: 0);
        Assert.Equal(20, new EditFlowSampler(quiet, Options with { AsOriginal = true }).Sample(Completion([1]), Cancellation).Count());
        Assert.Equal(1, quiet.Forwards);
        Sample(Completion([1]), Options with { TimeIndependent = false, AsOriginal = true });
        Assert.Equal(20, _denoiser.Forwards);
    }

    [Fact]
    public void TheLastStepReplacesOrDeletesTheMasksLeft()
    {
        using var quiet = new TableEditDenoiser(scale: 0);
        var canvas = Completion([1], [2, 3]);
        var steps = new EditFlowSampler(quiet, Options).Sample(canvas, Cancellation).ToList();
        Assert.Equal((21, 0), (steps.Count, canvas.MasksLeft));
        Assert.Equal(12, steps[^1].Changes.Count);
        Assert.Equal(2, quiet.Forwards);
    }

    [Fact]
    public void InfillingKeepsTheTextAroundTheGaps()
    {
        var canvas = Canvas.ForInfilling([[1, Mask, Mask, 2, 3], [Mask, 4, 5, Mask, 6]], Mask, End);
        Sample(canvas, Options);
        int[][] given = [[1, 2, 3], [4, 5, 6]];
        for (var row = 0; row < 2; row++)
        {
            var kept = Enumerable.Range(0, canvas.Length(row)).Where(i => canvas.IsGiven(row, i)).Select(i => canvas.Row(row)[i]);
            Assert.Equal(given[row], kept);
        }

        Assert.Equal([2, 3], canvas.Tokens(0)[^2..].ToArray());
        Assert.Equal(1, canvas.Tokens(0)[0]);
        Assert.Equal(0, canvas.MasksLeft);
    }

    [Fact]
    public void ARowNeverVanishesNorOutgrowsTheModel()
    {
        using var wild = new TableEditDenoiser(scale: 1e6);
        foreach (var tau in new[] { 1, 0.3, 0.05 })
        {
            var canvas = Completion([1, 2, 3], []);
            var sampler = new EditFlowSampler(wild, Options with { Tau = tau, EditPrompt = true }, contextLength: 16);
            foreach (var step in sampler.Sample(canvas, Cancellation)) Assert.InRange(canvas.Width, 1, 16);
            Assert.True(canvas.Length(0) > 0 && canvas.Length(1) > 0);
        }
    }

    [Fact]
    public void CancellingLeavesCanvasAndDenoiserUsable()
    {
        var canvas = Completion([1, 2]);
        var sampler = new EditFlowSampler(_denoiser, Options);
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var step in sampler.Sample(canvas, source.Token))
            {
                if (step.Step == 3) source.Cancel();
            }
        });
        var again = Completion([1, 2]);
        Assert.NotEmpty(sampler.Sample(again, Cancellation).ToList());
        Assert.NotEmpty(sampler.Sample(canvas, Cancellation).ToList());
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Sample(Completion([1, 2], [3]), Options with { Temperature = 0.7 });
        Sample(Completion([1, 2], [3]), Options with { Temperature = 0.7, ReferenceRng = true });
        foreach (var _ in new EditFlowSampler(_denoiser, Options).Sample(Completion([1]), Cancellation)) break;
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void TheSameSeedGivesTheSameText()
    {
        int[] Text(long seed)
        {
            var canvas = Completion([1, 2]);
            Sample(canvas, Options with { Seed = seed, Temperature = 1 });
            return canvas.Tokens(0).ToArray();
        }

        Assert.Equal(Text(1), Text(1));
        Assert.NotEqual(Text(1), Text(2));
    }

    [Fact]
    public void AModelWithoutHeadsIsRefusedAndOneWithThemIsSampled()
    {
        using var plain = TinyModels.Build("modernbert");
        Assert.Contains("heads", Assert.ThrowsAny<DllmException>(() => new EditFlowSampler(plain, Options)).Message, StringComparison.Ordinal);
        using var withHeads = TinyModels.Build("editflow-modernbert");
        var canvas = Canvas.ForEditing([[5, 6], [7, 8, 9]], 6, firstTokenId: 2, maskTokenId: 4, paddingTokenId: 1);
        Assert.NotEmpty(new EditFlowSampler(withHeads, Options).Sample(canvas, Cancellation).ToList());
        Assert.Equal(0, canvas.MasksLeft);
        Assert.Equal([2, 5, 6], canvas.Tokens(0)[..3].ToArray());
    }

    [Theory]
    [InlineData(0.0, 1e-3, "tau")]
    [InlineData(1.5, 1e-3, "tau")]
    [InlineData(0.1, 1.0, "epsilon")]
    public void OptionsOutOfRangeAreNamed(double tau, double epsilon, string named)
    {
        var options = new EditFlowOptions { Tau = tau, TimeEpsilon = epsilon };
        Assert.Contains(named, Assert.ThrowsAny<DllmException>(() => new EditFlowSampler(_denoiser, options)).Message, StringComparison.Ordinal);
    }

    private static Canvas Completion(params int[][] prompts) => Canvas.ForEditing(prompts, Options.MaskLength, Begin, Mask, End);

    private List<SampleStep> Sample(Canvas canvas, EditFlowOptions options) =>
        [.. new EditFlowSampler(_denoiser, options).Sample(canvas, Cancellation)];
}
