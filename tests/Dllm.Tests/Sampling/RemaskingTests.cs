using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;
using TorchSharp;

namespace Dllm.Tests.Sampling;

/// <summary>Masking the least sure tokens again, beside every sampler and policy that it goes with.</summary>
public sealed class RemaskingTests : IDisposable
{
    private const int Mask = 49;
    private const int Padding = 47;
    private static readonly int[][] Prompts = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14]];

    private Denoiser? _denoiser;

    public static TheoryData<string> Settings =>
    [
        "mdlm", "mdlm bound", "bd3lm", "bd3lm bound", "bd3lm shifted", "bd3lm multi-block", "dream", "dream drawn", "dream threshold",
        "dream dual", "fast", "fast threshold", "fast factor", "fast prefix", "fast dual", "llada2", "llada2 low threshold",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _denoiser?.Dispose();

    [Theory]
    [MemberData(nameof(Settings))]
    public void TokensAreMaskedAgainAndAllIsFilledInTheEnd(string setting)
    {
        foreach (var make in new Func<CanvasLayout, Canvas>[] { Completion, Infilling })
        {
            var (sampler, layout) = Make(setting, 0.5);
            var (canvas, replay, again) = (make(layout), make(layout), 0);
            foreach (var step in sampler.Sample(canvas, Cancellation))
            {
                var left = replay.MasksLeft;
                replay.Apply(step);
                Assert.True(replay.MasksLeft <= left); // fewer are masked again than are written
                Assert.Equal(replay.MasksLeft, step.MasksLeft);
                Assert.InRange(step.Step, 1, step.Steps);
                Assert.DoesNotContain(step.Changes, change => canvas.IsGiven(change.Row, change.Position));
                again += step.Changes.Count(change => change.Id == Mask);
            }

            Assert.Equal(0, canvas.MasksLeft);
            if (canvas.IsCompletion) Assert.True(again > 0);
            for (var row = 0; row < canvas.Rows; row++) Assert.Equal(replay.Row(row).ToArray(), canvas.Row(row).ToArray());
        }
    }

    [Theory]
    [InlineData("mdlm")]
    [InlineData("bd3lm")]
    [InlineData("bd3lm shifted")]
    [InlineData("bd3lm bound")]
    [InlineData("fast")]
    [InlineData("fast threshold")]
    [InlineData("dream")]
    [InlineData("llada2")]
    [InlineData("llada2 low threshold")]
    public void ARowIsWrittenTheSameAloneAndInABatch(string setting)
    {
        var (sampler, layout) = Make(setting, 0.4);
        var together = Completion(layout);
        foreach (var _ in sampler.Sample(together, Cancellation)) { }
        for (var row = 0; row < Prompts.Length; row++)
        {
            // BD3LM's blocks are columns of the canvas, and a prompt alone takes up fewer of them.
            if (setting.StartsWith("bd3lm", StringComparison.Ordinal) && Prompts[row].Length <= 4) continue;
            var alone = Canvas.ForCompletion([Prompts[row]], 12, Mask, Padding, layout: layout);
            foreach (var _ in sampler.Sample(alone, Cancellation)) { }
            Assert.Equal(alone.Written(0), together.Written(row));
        }
    }

    [Theory]
    [InlineData("bd3lm")]
    [InlineData("bd3lm shifted")]
    [InlineData("bd3lm bound")]
    [InlineData("bd3lm multi-block")]
    [InlineData("llada2")]
    [InlineData("llada2 low threshold")]
    public void TheKeysOfEarlierBlocksStayExact(string setting)
    {
        foreach (var make in new Func<CanvasLayout, Canvas>[] { Completion, Infilling })
        {
            var (cached, layout) = Make(setting, 0.5);
            var (uncached, _) = Make(setting, 0.5, useCache: false);
            var (one, other) = (make(layout), make(layout));
            var steps = cached.Sample(one, Cancellation).ToList();
            Assert.Equal(uncached.Sample(other, Cancellation).Count(), steps.Count);
            for (var row = 0; row < one.Rows; row++) Assert.Equal(other.Row(row).ToArray(), one.Row(row).ToArray());
        }
    }

    [Theory]
    [InlineData("mdlm", 6)]
    [InlineData("bd3lm", 9)]
    [InlineData("fast", 6)]
    [InlineData("dream", 4)]
    public void TheStepsOfTheScheduleAreKept(string setting, int steps)
    {
        var (sampler, layout) = Make(setting, 0.5);
        var canvas = Canvas.ForCompletion([[9, 10, 11, 12]], 16, Mask, Padding, layout: layout);
        Assert.Equal(steps, sampler.Sample(canvas, Cancellation).Count());
    }

    [Fact]
    public void WhereAStepWritesOneTokenItIsSaidToHaveNoEffect()
    {
        IReadOnlyList<string>[] idle =
        [
            new MdlmSamplerOptions { RemaskShare = 0.1 }.FindUnusedTexts(),
            new MdlmSamplerOptions { RemaskShare = 0.1, Steps = 8, MaxNewTokens = 8 }.FindUnusedTexts(),
            new FastDllmOptions { RemaskShare = 0.1 }.FindUnusedTexts(),
            new DreamOptions { RemaskShare = 0.1, Algorithm = DreamAlgorithm.Entropy, Steps = 20 }.FindUnusedTexts(),
            new Bd3lmOptions { RemaskShare = 0.1, StepsPerBlock = 4, BlockSize = 4 }.FindUnusedTexts(),
        ];
        Assert.All(idle, unused => Assert.Contains(unused, text => text.StartsWith("remask has no effect", StringComparison.Ordinal)));
        IReadOnlyList<string>[] busy =
        [
            new MdlmSamplerOptions { RemaskShare = 0.1, Steps = 7, MaxNewTokens = 8 }.FindUnusedTexts(),
            new MdlmSamplerOptions { RemaskShare = 0.1, EntropyBound = 0.1 }.FindUnusedTexts(),
            new FastDllmOptions { RemaskShare = 0.1, Threshold = 0.9 }.FindUnusedTexts(),
            new Bd3lmOptions { RemaskShare = 0.1, StepsPerBlock = 3, BlockSize = 4 }.FindUnusedTexts(),
        ];
        Assert.All(busy, Assert.Empty);
    }

    [Fact]
    public void WhatCannotGoTogetherIsRefusedByName()
    {
        Assert.Contains("remask is", Fault(() => new Bd3lmOptions { RemaskShare = 1 }.Validate()));
        Assert.Contains("remask is", Fault(() => new Llada2Options { RemaskShare = double.NaN }.Validate()));
        Assert.Contains("remasking goes by confidence", Fault(() => new Bd3lmOptions { RemaskShare = 0.1, Remasking = Remasking.Random }.Validate()));
        Assert.Contains("remasking goes by confidence", Fault(() => new FastDllmOptions { RemaskShare = 0.1, Remasking = Remasking.Random }.Validate()));
        Assert.Contains("remasking goes by confidence", Fault(() => new DreamOptions { RemaskShare = 0.1 }.Validate())); // origin
        var shifted = new DreamOptions { RemaskShare = 0.1, Algorithm = DreamAlgorithm.Entropy, Cache = CacheMode.Dual };
        Assert.Contains("cache dual", Fault(shifted.Validate));
        (shifted with { RightShiftLogits = false }).Validate();
        (shifted with { Cache = CacheMode.None }).Validate();
        Assert.Contains("cache prefix", Fault(() => new FastDllmOptions { RemaskShare = 0.1, Cache = CacheMode.Prefix, RightShiftLogits = true }.Validate()));

        static string Fault(Action action) => Assert.ThrowsAny<DllmException>(action).ToString();
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void NothingIsLeftBehind(string setting)
    {
        var (sampler, layout) = Make(setting, 0.5);
        foreach (var _ in sampler.Sample(Completion(layout), Cancellation)) { }
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var _ in sampler.Sample(Completion(layout), Cancellation)) { }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Canvas Completion(CanvasLayout layout) => Canvas.ForCompletion(Prompts, 12, Mask, Padding, layout: layout);

    private static Canvas Infilling(CanvasLayout layout) => Canvas.ForInfilling(
        [[5, Mask, Mask, 6, 7, 8, 9, 10, 11, 12, Mask], [Mask, 7, Mask, Mask, Mask, Mask, Mask], [1, 2]], Mask, Padding, layout: layout);

    private (ISampler Sampler, CanvasLayout Layout) Make(string setting, double share, bool useCache = true)
    {
        _denoiser ??= TinyModels.Build(setting.StartsWith("llada2", StringComparison.Ordinal) ? "llada2_moe" : "a2d-qwen3");
        var mdlm = new MdlmSamplerOptions { Steps = 6, BlockSize = 6, RemaskShare = share, SuppressTokens = [Mask] };
        var bd3lm = new Bd3lmOptions { StepsPerBlock = 3, BlockSize = 6, RemaskShare = share, UseCache = useCache };
        var dream = new DreamOptions { Steps = 4, Algorithm = DreamAlgorithm.Entropy, Temperature = 0, TopK = null, RemaskShare = share };
        var fast = new FastDllmOptions { Steps = 6, BlockSize = 6, RemaskShare = share };
        var llada2 = new Llada2Options { BlockSize = 8, StepsPerBlock = 3, RemaskShare = share, UseCache = useCache };
        return setting switch
        {
            "mdlm" => (new MdlmSampler(_denoiser, mdlm), CanvasLayout.Left),
            "mdlm bound" => (new MdlmSampler(_denoiser, mdlm with { EntropyBound = 5, BlockSize = 10 }), CanvasLayout.Left),
            "bd3lm" => (new Bd3lmSampler(_denoiser, bd3lm), bd3lm.Layout),
            "bd3lm bound" => (new Bd3lmSampler(_denoiser, bd3lm with { EntropyBound = 4 }), bd3lm.Layout),
            "bd3lm shifted" => (new Bd3lmSampler(_denoiser, bd3lm with { RightShiftLogits = true }), bd3lm.Layout),
            "bd3lm multi-block" => (new Bd3lmSampler(_denoiser, bd3lm with { EntropyBound = 8, BlockAddThreshold = 0.25 }), bd3lm.Layout),
            "dream" => (new DreamSampler(_denoiser, dream), dream.Layout),
            "dream drawn" => (new DreamSampler(_denoiser, dream with { AlgorithmTemperature = 0.2, Temperature = 0.5 }), dream.Layout),
            "dream threshold" => (new DreamSampler(_denoiser, dream with { Algorithm = DreamAlgorithm.ConfidenceThreshold, Threshold = 0.02 }), dream.Layout),
            "dream dual" => (new DreamSampler(_denoiser, dream with { Cache = CacheMode.Dual, BlockSize = 6, Steps = 6, RightShiftLogits = false }), dream.Layout),
            "fast" => (new FastDllmSampler(_denoiser, fast), fast.Layout),
            "fast threshold" => (new FastDllmSampler(_denoiser, fast with { Threshold = 0.3, BlockSize = 10 }), fast.Layout),
            "fast factor" => (new FastDllmSampler(_denoiser, fast with { Factor = 3, BlockSize = 10 }), fast.Layout),
            "fast prefix" => (new FastDllmSampler(_denoiser, fast with { Cache = CacheMode.Prefix }), fast.Layout),
            "fast dual" => (new FastDllmSampler(_denoiser, fast with { Cache = CacheMode.Dual }), fast.Layout),
            "llada2" => (new Llada2Sampler(_denoiser, llada2), llada2.Layout),
            "llada2 low threshold" => (new Llada2Sampler(_denoiser, llada2 with { StepsPerBlock = 4, Threshold = 0.3 }), llada2.Layout),
            _ => throw new ArgumentException(setting),
        };
    }
}
