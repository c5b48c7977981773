using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

public sealed class DenoisingBatchTests : IDisposable
{
    private const int Mask = 22;
    private const int End = 21;
    private static readonly MdlmSamplerOptions Options = new() { Steps = 12, SuppressTokens = [Mask] };

    // Other lengths, options and seeds, completion and infilling, an empty prompt, blocks of one token.
    private static readonly (Func<Canvas> Canvas, MdlmSamplerOptions Options)[] Requests =
    [
        (() => Completion([1, 2, 3], 12), Options),
        (() => Completion([], 7), Options with { Steps = 3 }),
        (() => Completion([4, 5, 6, 7, 8], 9), Options with { BlockSize = 1, Temperature = 1, Seed = 3 }),
        (() => Completion([9], 20), Options with { BlockSize = 6, Remasking = Remasking.Random, Seed = 4 }),
        (() => Infilling([Mask, 1, Mask, Mask, 2]), Options with { Temperature = 0.7, Seed = 5, ReferenceRng = true }),
        (() => Completion([2, 2], 10), Options with { StochasticTransfer = true, Temperature = 1, Seed = 6, SuppressTokens = [Mask, 3, 4] }),
        (() => Completion([5, 4], 8), Options with { CfgScale = 1.5, CfgKeepTokens = [4] }),
        (() => Completion([5], 11), Options with { CfgScale = 1.5, CfgKeepTokens = [4, 4], BeginSuppressTokens = [7], Seed = 2, Temperature = 1 }),
        (() => Completion([1], 6), Options with { RightShiftLogits = true, Remasking = Remasking.Random, ReferenceRng = true, Seed = 9 }),
        (() => Completion([7, 8, 9], 5), Options with { RightShiftLogits = true, CfgScale = 0.5 }),
    ];

    private readonly TableDenoiser _denoiser = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _denoiser.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(3, 0)]
    [InlineData(100, 4)]
    [InlineData(100, 0)]
    public void NeighboursThatComeAndGoChangeNoToken(int maxRows, int stepsBetween)
    {
        using var batch = new DenoisingBatch(_denoiser, maxRows);
        var canvases = Array.ConvertAll(Requests, request => request.Canvas());
        var steps = Run(batch, canvases, Array.ConvertAll(Requests, request => request.Options), stepsBetween);
        for (var i = 0; i < Requests.Length; i++)
        {
            var alone = Requests[i].Canvas();
            var expected = Sample(_denoiser, alone, Requests[i].Options);
            Assert.Equal(alone.Row(0).ToArray(), canvases[i].Row(0).ToArray());
            AssertSame(expected, steps[i], tolerance: 1e-4f);
        }
    }

    [Fact]
    public void NeighboursOfTheSameLengthChangeNoBit()
    {
        MdlmSamplerOptions[] options =
            [Options, Options with { BlockSize = 5 }, Options with { Temperature = 1, Seed = 3 }, Options with { Remasking = Remasking.Random }];
        Canvas[] canvases = [.. options.Select((_, i) => Completion([i, 2], 12))];
        using var batch = new DenoisingBatch(_denoiser, 8);
        var steps = Run(batch, canvases, options, stepsBetween: 2);
        for (var i = 0; i < options.Length; i++) AssertSame(Sample(_denoiser, Completion([i, 2], 12), options[i]), steps[i], tolerance: 0);
    }

    [Theory]
    [InlineData("modernbert")]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("llada")]
    [InlineData("a2d-qwen3")]
    [InlineData("lladamoe")]
    public void RealModelsWriteTheSameTokens(string modelType)
    {
        using var denoiser = TinyModels.Build(modelType);
        var options = Options with { SuppressTokens = [49] };
        MdlmSamplerOptions[] all =
            [options, options with { Steps = 4, CfgScale = 1 }, options with { Temperature = 1, Seed = 7, BlockSize = 4 }, options with { Remasking = Remasking.Random }];
        int[][] prompts = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14, 15], [16, 17]];
        Canvas Make(int i) => Canvas.ForCompletion([prompts[i]], 8 + i, 49, 48);
        Canvas[] canvases = [.. prompts.Select((_, i) => Make(i))];
        using var batch = new DenoisingBatch(denoiser, 3);
        var steps = Run(batch, canvases, all, stepsBetween: 2);
        for (var i = 0; i < all.Length; i++) AssertSame(Sample(denoiser, Make(i), all[i]), steps[i], tolerance: 1e-4f);
    }

    [Fact]
    public void RequestsShareForwardsAndAskOnlyForWhatTheyMayCommit()
    {
        using var batch = new DenoisingBatch(_denoiser, 8);
        batch.Add(Completion([1, 2, 3], 4), Options);
        batch.Add(Completion([], 2), Options with { Temperature = 1 });
        batch.Add(Completion([1], 3), Options with { Remasking = Remasking.Random, SuppressTokens = [] });
        while (batch.Active > 0) batch.Step();
        Assert.Equal([3L, 3, 2, 1], _denoiser.RowsOfForwards);
        Assert.Equal([4 + 2 + 1, 3 + 1 + 1, 2 + 1, 1L], _denoiser.LogitRowsOfForwards);
    }

    [Fact]
    public void RequestsThatAreGuidedHaveAForwardOfTheirOwn()
    {
        using var batch = new DenoisingBatch(_denoiser, 8);
        foreach (var options in new[] { Options, Options with { CfgScale = 1 }, Options with { RightShiftLogits = true } })
        {
            batch.Add(Completion([1], 4), options);
            batch.Add(Completion([1, 2], 4), options with { Seed = 1, Temperature = 1 });
        }

        Assert.Equal(6, batch.Step().Count);
        Assert.Equal([4L, 4], _denoiser.RowsOfForwards); // where logits are read, to the left or not, is each request's own affair
    }

    [Fact]
    public void TheFirstToComeIsServedFirst()
    {
        using var batch = new DenoisingBatch(_denoiser, 2);
        int[] ids = [.. new[] { 3, 1, 2, 1 }.Select(tokens => batch.Add(Completion([1], tokens), Options))];
        Assert.Equal(4, ids.Distinct().Count());
        Assert.Equal((2, 2), (batch.Active, batch.Waiting));
        var served = new List<string>();
        while (batch.Active > 0)
            served.Add(string.Join(' ', batch.Step().Select(step => $"{Array.IndexOf(ids, step.Id)}{(step.IsFinished ? "." : "")}")));
        Assert.Equal(["0 1.", "0 2", "0. 2.", "3."], served);
        Assert.Equal((0, 0), (batch.Active, batch.Waiting));
        Assert.Empty(batch.Step());
        Assert.NotEqual(ids[3], batch.Add(Completion([1], 1), Options));
    }

    [Fact]
    public void CancelledRequestsLeaveAtOnce()
    {
        using var batch = new DenoisingBatch(_denoiser, 1);
        var (first, second, third) = (Completion([1], 6), Completion([2], 6), Completion([3], 6));
        int[] ids = [.. new[] { first, second, third }.Select(canvas => batch.Add(canvas, Options))];
        batch.Step();
        Assert.True(batch.Cancel(ids[0]));
        Assert.True(batch.Cancel(ids[1]));
        Assert.False(batch.Cancel(ids[0]));
        Assert.False(batch.Cancel(99));
        Assert.Equal((1, 0), (batch.Active, batch.Waiting));
        while (batch.Active > 0) Assert.Equal(ids[2], Assert.Single(batch.Step()).Id);
        Assert.Equal((5, 6, 0), (first.MasksLeft, second.MasksLeft, third.MasksLeft));
        Assert.False(batch.Cancel(ids[2]));

        // What was begun can be gone on with.
        batch.Add(first, Options with { Steps = 5 });
        while (batch.Active > 0) batch.Step();
        Assert.Equal(0, first.MasksLeft);
    }

    [Fact]
    public void ACanvasWithoutMasksIsFinishedWithoutAForward()
    {
        using var batch = new DenoisingBatch(_denoiser, 2);
        var written = Infilling([1, Mask, 3]);
        foreach (var _ in new MdlmSampler(_denoiser, Options).Sample(written)) { }
        var before = _denoiser.Forwards;
        var id = batch.Add(written, Options);
        Assert.Equal(new RequestStep(id, null, IsFinished: true), Assert.Single(batch.Step()));
        Assert.Equal((0, before), (batch.Active, _denoiser.Forwards));
    }

    [Fact]
    public void WhatCannotBeServedIsRefusedAtOnce()
    {
        Assert.Contains("rows", Assert.ThrowsAny<DllmException>(() => new DenoisingBatch(_denoiser, 0)).Message);
        using var batch = new DenoisingBatch(_denoiser, 2, contextLength: 10);
        Assert.Contains("11", Assert.ThrowsAny<DllmException>(() => batch.Add(Completion([1], 10), Options)).Message);
        Assert.Contains("token 23", Assert.ThrowsAny<DllmException>(() => batch.Add(Completion([23], 1), Options)).Message);
        Assert.ThrowsAny<DllmException>(() => batch.Add(Completion([1], 1), Options with { Steps = 0 }));
        Assert.ThrowsAny<DllmException>(() => batch.Add(Completion([1], 1), Options with { SuppressTokens = [23] }));
        Assert.ThrowsAny<DllmException>(() => batch.Add(Completion([1], 1), Options with { BlockSize = 2 }));
        Assert.Throws<ArgumentException>(() => batch.Add(Canvas.ForCompletion([[1], [2]], 1, Mask, End), Options));
        Assert.Equal((0, 0), (batch.Active, batch.Waiting));
        var canvas = Completion([1], 9);
        batch.Add(canvas, Options);
        Assert.Throws<ArgumentException>(() => batch.Add(canvas, Options));
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(batch.Step);
        Assert.Throws<ObjectDisposedException>(() => batch.Add(Completion([1], 1), Options));
    }

    [Theory]
    [InlineData(0, Remasking.LowConfidence)]
    [InlineData(1, Remasking.LowConfidence)]
    [InlineData(1, Remasking.Random)]
    public void AFailedForwardLeavesTheRequestsAsTheyWereAndTheirDraws(double temperature, Remasking remasking)
    {
        var failing = new FailingDenoiser(_denoiser);
        using var batch = new DenoisingBatch(failing, 2);
        var options = Options with { Temperature = temperature, Remasking = remasking, Seed = 3 };
        var (canvas, expected) = (Completion([1, 2], 6), Completion([1, 2], 6));
        batch.Add(canvas, options);
        batch.Step();
        failing.Fails = true;
        Assert.Throws<InvalidOperationException>(batch.Step);
        Assert.Throws<InvalidOperationException>(batch.Step);
        Assert.Equal(5, canvas.MasksLeft);
        failing.Fails = false;
        while (batch.Active > 0) batch.Step();
        Sample(_denoiser, expected, options);
        Assert.Equal(expected.Written(0), canvas.Written(0));
    }

    [Fact]
    public void LeavesNoTensorBehindInAThousandSteps()
    {
        using var batch = new DenoisingBatch(_denoiser, 4);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var steps = 0; steps < 1000; steps++)
        {
            if (batch.Waiting == 0)
            {
                foreach (var (canvas, options) in Requests) batch.Add(canvas(), options);
            }

            var served = batch.Step();
            Assert.True(is_grad_enabled());
            if (steps % 7 == 0) batch.Cancel(served[0].Id);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // The next request joins a number of steps after the one before; 0: all at once.
    private static List<SampleStep>[] Run(DenoisingBatch batch, Canvas[] canvases, MdlmSamplerOptions[] options, int stepsBetween)
    {
        var steps = Array.ConvertAll(canvases, _ => new List<SampleStep>());
        var indexOf = new Dictionary<int, int>();
        for (var step = 0; batch.Active > 0 || indexOf.Count < canvases.Length; step++)
        {
            while (indexOf.Count < canvases.Length && indexOf.Count * stepsBetween <= step)
                indexOf.Add(batch.Add(canvases[indexOf.Count], options[indexOf.Count]), indexOf.Count);
            foreach (var taken in batch.Step()) steps[indexOf[taken.Id]].Add(taken.Step!);
        }

        return steps;
    }

    private static void AssertSame(List<SampleStep> expected, List<SampleStep> actual, float tolerance)
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.Equal(one with { Changes = [] }, other with { Changes = [] });
            Assert.Equal(one.Changes.Select(change => change with { Confidence = 0 }), other.Changes.Select(change => change with { Confidence = 0 }));
            Assert.All(one.Changes.Zip(other.Changes), pair => Assert.Equal(pair.First.Confidence, pair.Second.Confidence, tolerance));
        }
    }

    private static List<SampleStep> Sample(IDenoiser denoiser, Canvas canvas, MdlmSamplerOptions options) =>
        [.. new MdlmSampler(denoiser, options).Sample(canvas, Cancellation)];

    private static Canvas Completion(int[] prompt, int newTokens) => Canvas.ForCompletion([prompt], newTokens, Mask, End);

    private static Canvas Infilling(int[] row) => Canvas.ForInfilling([row], Mask, End);

    private sealed class FailingDenoiser(IDenoiser inner) : IDenoiser
    {
        public bool Fails { get; set; }

        public int VocabularySize => inner.VocabularySize;

        public Tensor Forward(DenoiserInput input) => Fails ? throw new InvalidOperationException("out of memory") : inner.Forward(input);
    }
}
