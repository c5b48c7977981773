using Dllm.Sampling;

namespace Dllm.Tests.Sampling;

/// <summary>What goes beyond the original's MDLM sampler: the entropy bound, masking again, the early stop.</summary>
public sealed class UnmaskingExtensionTests : IDisposable
{
    private const int Mask = 22;
    private const int End = 21;
    private static readonly MdlmSamplerOptions Options = new() { Steps = 12, SuppressTokens = [Mask] };

    private readonly TableDenoiser _denoiser = new();

    public void Dispose() => _denoiser.Dispose();

    [Fact]
    public void AnEntropyBoundOfZeroWritesATokenAStepAndALargeOneAllAtOnce()
    {
        Assert.Equal(12, Sample(Completion([1, 2]), Options with { EntropyBound = 0 }).Count);
        Assert.Single(Sample(Completion([1, 2]), Options with { EntropyBound = 1e6 }));
    }

    [Fact]
    public void ALargerEntropyBoundNeverTakesMoreSteps()
    {
        int[] steps = [.. new[] { 0, 0.5, 1, 2, 4, 8 }.Select(bound => Sample(Completion([1, 2]), Options with { EntropyBound = bound }).Count)];
        Assert.Equal(steps.OrderDescending(), steps);
        Assert.InRange(steps[3], 2, 11);
    }

    [Theory]
    [InlineData(null, 0.5)]
    [InlineData(1.0, 0.0)]
    public void RowsOfABatchAreWrittenAsAloneAndNoMaskIsLeft(double? bound, double share)
    {
        int[][] prompts = [[1, 2, 3], [], [4, 5, 6, 7, 8], [9]];
        foreach (int block in (int[])[1, 5, 12])
        {
            var options = Options with { EntropyBound = bound, RemaskShare = share, BlockSize = block };
            var together = Canvas.ForCompletion(prompts, 12, Mask, End);
            Sample(together, options);
            Assert.Equal(0, together.MasksLeft);
            for (var row = 0; row < prompts.Length; row++)
            {
                var alone = Completion(prompts[row]);
                Sample(alone, options);
                Assert.Equal(alone.Written(0), together.Written(row));
            }
        }
    }

    [Fact]
    public void MaskingAgainMasksTheLeastSureWrittenTokensAndKeepsTheStepsOfThePlan()
    {
        var canvas = Completion([1, 2]);
        var steps = Sample(canvas, Options with { Steps = 4, RemaskShare = 0.5 });
        // The plan leaves 9, 6, 3, 0; behind the second and third step 2 and 2 of what stood before are masked again.
        Assert.Equal([9, 8, 5, 0], steps.Select(step => step.MasksLeft));
        Assert.DoesNotContain(steps.SelectMany(step => step.Changes), change => change.Position < 2);
        var first = steps[0].Changes.OrderBy(change => change.Confidence).Take(2).Select(change => change.Position).Order();
        Assert.Equal(first, steps[1].Changes.Where(change => change.Id == Mask).Select(change => change.Position));
        Assert.DoesNotContain(steps[^1].Changes, change => change.Id == Mask);
    }

    [Fact]
    public void InfillingKeepsWhatIsGivenThoughTokensAreMaskedAgain()
    {
        var canvas = Canvas.ForInfilling([[1, Mask, Mask, 2, Mask, Mask, Mask, 3]], Mask, End);
        Sample(canvas, Options with { Steps = 3, RemaskShare = 0.5 });
        Assert.Equal((1, 2, 3), (canvas.Row(0)[0], canvas.Row(0)[3], canvas.Row(0)[7]));
        Assert.Equal(0, canvas.MasksLeft);
    }

    [Fact]
    public void TheEarlyStopSavesStepsAndChangesNothingInFrontOfTheEnd()
    {
        int[][] prompts = [[1, 2], [3], [4, 5, 6]];
        var saved = 0;
        foreach (int end in Enumerable.Range(0, 21))
        {
            foreach (var prompt in prompts)
            {
                var (whole, stopped) = (Completion(prompt), Completion(prompt));
                int all = Sample(whole, Options with { BlockSize = 2 }).Count;
                saved += all - Sample(stopped, Options with { BlockSize = 2, EosEarlyStop = true, EndTokenIds = [end] }).Count;
                int first = Array.IndexOf(whole.Written(0), end);
                int kept = first < 0 ? whole.Written(0).Length : first + 1;
                Assert.Equal(whole.Written(0)[..kept], stopped.Written(0)[..kept]);
                Assert.Equal(0, stopped.MasksLeft);
            }
        }

        Assert.True(saved > 0);
    }

    [Theory]
    [InlineData(-1.0, 0.0, Remasking.LowConfidence, "entropy")]
    [InlineData(double.NaN, 0.0, Remasking.LowConfidence, "entropy")]
    [InlineData(null, 1.0, Remasking.LowConfidence, "remask")]
    [InlineData(0.1, 0.0, Remasking.Random, "entropy")]
    [InlineData(null, 0.1, Remasking.Random, "remasking")]
    public void WhatContradictsItselfIsRefusedByName(double? bound, double share, Remasking remasking, string named)
    {
        var options = Options with { EntropyBound = bound, RemaskShare = share, Remasking = remasking };
        Assert.Contains(named, Assert.ThrowsAny<DllmException>(options.Validate).Message);
    }

    [Fact]
    public void WhatHasNoEffectIsNamed()
    {
        Assert.Contains("eos-early-stop", Assert.Single((Options with { EosEarlyStop = true }).FindUnusedTexts()));
        Assert.Contains((Options with { EntropyBound = 1, StochasticTransfer = true }).FindUnusedTexts(), text => text.StartsWith("stochastic-transfer", StringComparison.Ordinal));
    }

    private List<SampleStep> Sample(Canvas canvas, MdlmSamplerOptions options) =>
        [.. new MdlmSampler(_denoiser, options).Sample(canvas, TestContext.Current.CancellationToken)];

    private static Canvas Completion(params int[][] prompts) => Canvas.ForCompletion(prompts, 12, Mask, End);
}
