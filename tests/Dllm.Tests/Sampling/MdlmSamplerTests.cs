using Dllm.Models;
using Dllm.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

public sealed class MdlmSamplerTests : IDisposable
{
    private const int Mask = 22;
    private const int End = 21;
    private static readonly MdlmSamplerOptions Options = new() { Steps = 12, SuppressTokens = [Mask] };

    private readonly TableDenoiser _denoiser = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _denoiser.Dispose();

    [Fact]
    public void FillsEveryMaskAndKeepsWhatWasGiven()
    {
        var canvas = Completion([1, 2, 3], [], [4]);
        var steps = Sample(canvas, Options);
        Assert.Equal(0, canvas.MasksLeft);
        Assert.Equal([1, 2, 3], canvas.Row(0)[..3].ToArray());
        Assert.Equal(4, canvas.Row(2)[0]);
        Assert.Equal([End, End, End], canvas.Row(1)[12..].ToArray());
        Assert.Equal(36, steps.Sum(step => step.Changes.Count));
        Assert.All(steps.SelectMany(step => step.Changes), change => Assert.InRange(change.Confidence, 0, 1));
        Assert.All(steps, step => Assert.Equal(12, step.Steps));
        Assert.Equal(Enumerable.Range(1, 12), steps.Select(step => step.Step));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => 33 - 3 * i), steps.Select(step => step.MasksLeft));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(12, 12)]
    [InlineData(100, 12)]
    public void TakesNoMoreStepsThanTokens(int steps, int expected)
    {
        var taken = Sample(Completion([1, 2]), Options with { Steps = steps });
        Assert.Equal(expected, taken.Count);
        Assert.Equal(12, taken.Sum(step => step.Changes.Count));
        Assert.Equal(expected, _denoiser.Forwards);
    }

    [Fact]
    public void ARowIsWrittenTheSameAloneAndInABatch()
    {
        int[][] prompts = [[1, 2, 3], [], [4, 5, 6, 7, 8], [9]];
        foreach (var options in new[] { Options with { Steps = 5 }, Options with { BlockSize = 5 }, Options with { CfgScale = 1 } })
        {
            var together = Canvas.ForCompletion(prompts, 12, Mask, End);
            Sample(together, options);
            for (var row = 0; row < prompts.Length; row++)
            {
                var alone = Completion(prompts[row]);
                Sample(alone, options);
                Assert.Equal(alone.Written(0), together.Written(row));
            }
        }
    }

    [Fact]
    public void ComputesOnlyTheLogitsThatMayBeCommitted()
    {
        Sample(Completion([1, 2, 3], [4]), Options with { BlockSize = 4 });
        Assert.Equal([8, 6, 4, 2, 8, 6, 4, 2, 8, 6, 4, 2], _denoiser.LogitRowsOfForwards);
    }

    [Fact]
    public void RandomRemaskingPredictsTheChosenPositionsOnly()
    {
        Sample(Completion([1, 2, 3], [4]), Options with { Remasking = Remasking.Random });
        Assert.Equal(Enumerable.Repeat<long?>(2, 12), _denoiser.LogitRowsOfForwards);
    }

    [Fact]
    public void RowsWithNothingLeftToFillDropOut()
    {
        var canvas = Canvas.ForInfilling([[1, Mask, 2], [Mask, Mask, Mask], [1, 2, 3]], Mask, End);
        Sample(canvas, Options);
        Assert.Equal([2L, 1, 1], _denoiser.RowsOfForwards);
        Assert.Equal(0, canvas.MasksLeft);
    }

    [Fact]
    public void InfillingFillsAllMasksAndNeedsOne()
    {
        var full = Canvas.ForInfilling([[Mask, Mask, Mask, Mask]], Mask, End);
        Assert.Equal(4, Sample(full, Options).Count);
        Assert.Equal(0, full.MasksLeft);
        Assert.Contains("no mask token", Assert.Throws<DllmException>(() => Canvas.ForInfilling([[1, 2, 3], [4]], Mask, End)).Message);
    }

    [Fact]
    public void BlocksAreFilledInOrderAndForecastTheirSteps()
    {
        var steps = Sample(Completion([1, 2, 3]), Options with { BlockSize = 5 });
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 2, 2], steps.Select(step => step.Block));
        Assert.All(steps, step => Assert.Equal((10, 3), (step.Steps, step.Blocks)));
        Assert.All(steps, step => Assert.All(step.Changes, change => Assert.Equal(step.Block, (change.Position - 3) / 5)));
    }

    [Fact]
    public void OneTokenBlocksWriteLeftToRight()
    {
        var steps = Sample(Completion([1]), Options with { BlockSize = 1 });
        Assert.Equal(Enumerable.Range(1, 12), steps.Select(step => Assert.Single(step.Changes).Position));
    }

    [Theory]
    [InlineData(0, 12)]
    [InlineData(1, 12)]
    [InlineData(0, 5)]
    public void MasksThatTheModelProposesAreFilledInOneStepMore(double temperature, int blockSize)
    {
        using var lover = new MaskLover();
        foreach (var remasking in Enum.GetValues<Remasking>())
        {
            var options = new MdlmSamplerOptions { Steps = 12, BlockSize = blockSize, Temperature = temperature, Remasking = remasking };
            foreach (var canvas in new[] { Completion([1, 2], [3]), Canvas.ForInfilling([[1, .. Enumerable.Repeat(Mask, 12)]], Mask, End) })
            {
                var masks = canvas.MasksLeft;
                var original = canvas.Copy();
                var steps = new MdlmSampler(lover, options).Sample(canvas, Cancellation).ToList();
                Assert.Equal((masks, 0), (steps[^1].Changes.Count, canvas.MasksLeft));
                Assert.All(steps[..^1], step => Assert.Empty(step.Changes));
                var asOriginal = new MdlmSampler(lover, options with { AsOriginal = true });
                Assert.Equal(steps.Count - 1, asOriginal.Sample(original, Cancellation).Count());
                Assert.Equal(masks, original.MasksLeft);
            }

            var (shared, alone) = (Completion([1, 2]), Completion([1, 2]));
            using var batch = new DenoisingBatch(lover, 2);
            batch.Add(shared, options);
            while (batch.Active > 0) batch.Step();
            foreach (var _ in new MdlmSampler(lover, options).Sample(alone, Cancellation)) { }
            Assert.Equal(alone.Written(0), shared.Written(0));
            Assert.DoesNotContain(Mask, shared.Written(0));
        }
    }

    [Fact]
    public void AVocabularyOfWhichOnlyTheMaskIsLeftIsRefused() => Assert.Contains(
        "but the mask",
        Assert.ThrowsAny<DllmException>(() => Sample(Completion([1]), Options with { SuppressTokens = [.. Enumerable.Range(0, 22)] })).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void WhatIsForbiddenIsSoInEveryType(ScalarType type)
    {
        using var lover = new MaskLover(type);
        var canvas = Completion([1, 2]);
        Assert.Equal(0, new MdlmSampler(lover, Options with { SuppressTokens = [] }).Sample(canvas, Cancellation).Last().MasksLeft);
        Assert.DoesNotContain(Mask, canvas.Written(0));
    }

    private sealed class MaskLover(ScalarType type = ScalarType.Float32) : IDenoiser, IDisposable
    {
        private readonly TableDenoiser _inner = new(type: type);

        public int VocabularySize => _inner.VocabularySize;

        public Tensor Forward(DenoiserInput input) => _inner.Forward(input).index_fill_(-1, tensor(new long[] { Mask }), 1000);

        public void Dispose() => _inner.Dispose();
    }

    [Fact]
    public void AsTheOriginalAModelThatProposesMasksEndsWithMasksLeft()
    {
        // Everything but the mask is suppressed: nothing is ever committed, and the loop still ends after its steps.
        var canvas = Completion([1, 2]);
        var steps = Sample(canvas, Options with { SuppressTokens = [.. Enumerable.Range(0, 22)], BlockSize = 6, AsOriginal = true });
        Assert.Equal((12, 12), (steps.Count, canvas.MasksLeft));
        Assert.All(steps, step => Assert.Empty(step.Changes));
    }

    [Fact]
    public void TheSameSeedGivesTheSameText()
    {
        var options = Options with { Temperature = 1, Remasking = Remasking.Random, StochasticTransfer = true };
        int[] Text(long? seed)
        {
            var canvas = Completion([1, 2]);
            Sample(canvas, options with { Seed = seed });
            return canvas.Written(0);
        }

        Assert.Equal(Text(3), Text(3));
        Assert.Equal(Text(null), Text(0));
        Assert.NotEqual(Text(3), Text(4));
    }

    [Fact]
    public void TheOrderOfDrawsDoesNotMatterAtTemperatureZero()
    {
        var (ours, reference) = (Completion([1, 2], [3]), Completion([1, 2], [3]));
        Sample(ours, Options);
        Sample(reference, Options with { ReferenceRng = true });
        Assert.Equal(ours.Written(0), reference.Written(0));
        Assert.Equal(ours.Written(1), reference.Written(1));
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    public void AnyTemperatureWritesTokensThatAreAllowed(double temperature)
    {
        var canvas = Completion([1, 2]);
        Sample(canvas, Options with { Temperature = temperature, SuppressTokens = [Mask, 5, 6, 7] });
        Assert.Empty(canvas.Written(0).Intersect([Mask, 5, 6, 7]));
        Assert.All(canvas.Written(0), id => Assert.InRange(id, 0, 21));
    }

    [Fact]
    public void BFloat16LogitsAreSampledToo()
    {
        using var denoiser = new TableDenoiser(type: ScalarType.BFloat16);
        foreach (var temperature in new[] { 0, 0.8 })
        {
            var canvas = Completion([1, 2]);
            foreach (var _ in new MdlmSampler(denoiser, Options with { Temperature = temperature }).Sample(canvas, Cancellation)) { }
            Assert.Equal(0, canvas.MasksLeft);
        }
    }

    [Fact]
    public void CancelsBetweenStepsAndCanGoOn()
    {
        var expected = Completion([1, 2]);
        Sample(expected, Options with { BlockSize = 6 });
        var canvas = Completion([1, 2]);
        var sampler = new MdlmSampler(_denoiser, Options with { BlockSize = 6 });
        using var source = new CancellationTokenSource();
        var seen = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var step in sampler.Sample(canvas, source.Token))
            {
                if (++seen == 5) source.Cancel();
            }
        });
        Assert.Equal((5, 7), (seen, canvas.MasksLeft));

        foreach (var _ in sampler.Sample(canvas, Cancellation)) { }
        Assert.Equal(expected.Written(0), canvas.Written(0));
        var again = Completion([1, 2]);
        foreach (var _ in sampler.Sample(again, Cancellation)) { }
        Assert.Equal(expected.Written(0), again.Written(0));
    }

    [Fact]
    public void NothingRunsBeforeTheStreamIsRead()
    {
        var sampler = new MdlmSampler(_denoiser, Options);
        var steps = sampler.Sample(Completion([1]), Cancellation);
        Assert.Equal(0, _denoiser.Forwards);
        Assert.Equal(1, steps.First().Step);
        Assert.Equal(1, _denoiser.Forwards);
    }

    [Fact]
    public void LeavesTheCallersScopeAndGradientsAlone()
    {
        using var scope = NewDisposeScope();
        var mine = rand(3);
        foreach (var _ in new MdlmSampler(_denoiser, Options).Sample(Completion([1]), Cancellation))
        {
            Assert.True(is_grad_enabled());
            Assert.False(mine.IsInvalid);
            using var other = NewDisposeScope();
        }

        Assert.Equal(3, mine.size(0));
    }

    [Fact]
    public void LeavesNoTensorBehindInAThousandSteps()
    {
        var variants = new[]
        {
            Options, Options with { Temperature = 1, CfgScale = 1, RightShiftLogits = true, BeginSuppressTokens = [1] },
            Options with { Temperature = 1, ReferenceRng = true, StochasticTransfer = true },
            Options with { Remasking = Remasking.Random, BlockSize = 3 },
        };
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var steps = 0; steps < 1000;)
        {
            foreach (var options in variants) steps += Sample(Completion([1, 2], [3]), options).Count;
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void CanvasesThatTheModelCannotReadAreRefused()
    {
        var sampler = new MdlmSampler(_denoiser, Options, contextLength: 13);
        Assert.Equal(12, sampler.Sample(Completion([1]), Cancellation).Count());
        var error = Assert.ThrowsAny<DllmException>(() => sampler.Sample(Completion([1, 2]), Cancellation));
        Assert.Contains("14", error.Message);
        Assert.Contains("13", error.Message);
        var unknown = Assert.ThrowsAny<DllmException>(() => sampler.Sample(Completion([1], [23]), Cancellation));
        Assert.Contains("token 23 of prompt 2", unknown.Message);
        Assert.ThrowsAny<DllmException>(() => sampler.Sample(Completion([-1]), Cancellation));
        Assert.ThrowsAny<DllmException>(() => sampler.Sample(Canvas.ForInfilling([[1]], 23, End), Cancellation));
        var largeBlocks = new MdlmSampler(_denoiser, Options with { BlockSize = 13 });
        Assert.ThrowsAny<DllmException>(() => largeBlocks.Sample(Completion([1]), Cancellation));
        Assert.ThrowsAny<DllmException>(() => new MdlmSampler(_denoiser, Options with { Steps = 0 }));
        Assert.ThrowsAny<DllmException>(() => new MdlmSampler(_denoiser, Options with { SuppressTokens = [23] }));
    }

    private List<SampleStep> Sample(Canvas canvas, MdlmSamplerOptions options) =>
        [.. new MdlmSampler(_denoiser, options).Sample(canvas, Cancellation)];

    private static Canvas Completion(params int[][] prompts) => Canvas.ForCompletion(prompts, 12, Mask, End);
}
