using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

/// <summary>Requests of every sampler in one <see cref="DenoisingBatch"/>: caches of their own, forwards together, and texts as alone.</summary>
public sealed class SharedForwardTests : IDisposable
{
    private const int Mask = 49;
    private const int Padding = 47;
    private static readonly int[][] Prompts = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14, 15, 16, 17], [1, 2, 3]];

    private Denoiser? _denoiser;

    public static TheoryData<string> Settings =>
    [
        "bd3lm", "bd3lm shifted", "bd3lm guided", "bd3lm guided shifted", "bd3lm uncached", "bd3lm multi-block", "bd3lm masked again",
        "llada2", "llada2 multi-block", "llada2 as bd3lm shifted", "llada21", "dream", "dream unshifted", "fast threshold", "rnd1", "mdlm",
    ];

    public void Dispose() => _denoiser?.Dispose();

    [Theory]
    [MemberData(nameof(Settings))]
    public void ARequestIsWrittenAsAloneWhoeverComesAndGoes(string setting)
    {
        foreach (var (maxRows, stepsBetween) in new[] { (2, 0), (4, 0), (4, 3) })
        {
            var (sampler, make) = Make(setting);
            using var batch = new DenoisingBatch(_denoiser!, maxRows);
            var canvases = new List<Canvas>();
            for (var step = 0; batch.Active > 0 || canvases.Count < Prompts.Length; step++)
            {
                while (canvases.Count < Prompts.Length && canvases.Count * stepsBetween <= step)
                {
                    canvases.Add(make(Prompts[canvases.Count]));
                    batch.Add(canvases[^1], sampler);
                }

                batch.Step();
            }

            for (var i = 0; i < Prompts.Length; i++)
            {
                var alone = make(Prompts[i]);
                foreach (var _ in sampler.Sample(alone, TestContext.Current.CancellationToken)) { }
                Assert.Equal(alone.Row(0).ToArray(), canvases[i].Row(0).ToArray());
            }
        }
    }

    [Fact]
    public void RequestsOfSeveralSamplersGoTogether()
    {
        string[] settings = ["bd3lm", "mdlm", "dream", "bd3lm guided", "fast threshold", "bd3lm multi-block"];
        var requests = Array.ConvertAll(settings, setting => (Setting: setting, Made: Make(setting)));
        using var batch = new DenoisingBatch(_denoiser!, 8);
        Canvas[] canvases = [.. requests.Select((request, i) => request.Made.Canvas(Prompts[i % 3]))];
        for (var i = 0; i < canvases.Length; i++) batch.Add(canvases[i], requests[i].Made.Sampler);
        while (batch.Active > 0) batch.Step();
        for (var i = 0; i < canvases.Length; i++)
        {
            var alone = requests[i].Made.Canvas(Prompts[i % 3]);
            foreach (var _ in requests[i].Made.Sampler.Sample(alone, TestContext.Current.CancellationToken)) { }
            Assert.Equal(alone.Row(0).ToArray(), canvases[i].Row(0).ToArray());
        }
    }

    [Fact]
    public void StepsWithinBlocksShareAForwardThatReadsTheBlocksOnly()
    {
        _denoiser = TinyModels.Build("a2d-qwen3");
        var counting = new Counting(_denoiser);
        var options = new Bd3lmOptions { BlockSize = 4, StepsPerBlock = 4 };
        using var batch = new DenoisingBatch(counting, 8);
        foreach (var prompt in Prompts) batch.Add(Canvas.ForCompletion([prompt], 8, Mask, Padding, layout: options.Layout), new Bd3lmSampler(counting, options));
        while (batch.Active > 0) batch.Step();
        // Blocks are begun together, the first with its prompt; then all four read four columns each.
        Assert.Equal([(4, 16), (4, 4), (4, 4), (4, 4), (4, 8), (4, 4), (4, 4), (4, 4)], counting.Shapes);
    }

    [Fact]
    public void RowsMuchShorterThanOthersAreReadApart()
    {
        _denoiser = TinyModels.Build("a2d-qwen3");
        var counting = new Counting(_denoiser);
        using var batch = new DenoisingBatch(counting, 8);
        var sampler = new MdlmSampler(counting, new MdlmSamplerOptions { SuppressTokens = [Mask] });
        foreach (int length in new[] { 3, 100, 20, 90 })
            batch.Add(Canvas.ForCompletion([[.. Enumerable.Repeat(5, length)]], 2, Mask, Padding), sampler);
        batch.Step();
        Assert.Equal([(2, 22), (2, 102)], counting.Shapes);
    }

    [Fact]
    public void WhatSharesNoForwardsIsRefusedByName()
    {
        var (_, make) = Make("fast threshold");
        using var batch = new DenoisingBatch(_denoiser!, 2);
        foreach (var cache in new[] { CacheMode.Prefix, CacheMode.Dual, CacheMode.Refresh })
        {
            var cached = new FastDllmSampler(_denoiser!, new FastDllmOptions { Cache = cache });
            Assert.Contains("approximate cache", Assert.ThrowsAny<DllmException>(() => batch.Add(make([1]), cached)).Message);
        }

        var causal = new AutoregressiveSampler(_denoiser!, new AutoregressiveOptions());
        Assert.Contains("AutoregressiveSampler", Assert.ThrowsAny<DllmException>(() => batch.Add(make([1]), causal)).Message);
        using var other = TinyModels.Build("a2d-qwen3");
        Assert.Throws<ArgumentException>(() => batch.Add(make([1]), new MdlmSampler(other, new MdlmSamplerOptions())));
        Assert.Equal((0, 0), (batch.Active, batch.Waiting));
    }

    [Fact]
    public void AFailedForwardLeavesTheRequestsAsTheyWere()
    {
        _denoiser = TinyModels.Build("a2d-qwen3");
        var options = new Bd3lmOptions { BlockSize = 4, StepsPerBlock = 4 };
        Canvas Make(int[] prompt) => Canvas.ForCompletion([prompt], 8, Mask, Padding, layout: options.Layout);
        foreach (var (failsAt, requests) in new[] { (1, 4), (2, 4), (5, 4), (6, 4), (1, 1), (5, 1) })
        {
            var failing = new Counting(_denoiser) { FailsAt = failsAt };
            var sampler = new Bd3lmSampler(failing, options);
            using var batch = new DenoisingBatch(failing, 8);
            Canvas[] canvases = [.. Prompts.Take(requests).Select(Make)];
            foreach (var canvas in canvases) batch.Add(canvas, sampler);
            var failures = 0;
            while (batch.Active > 0)
            {
                try
                {
                    batch.Step();
                }
                catch (InvalidOperationException)
                {
                    failures++;
                }
            }

            Assert.Equal(1, failures);
            for (var i = 0; i < canvases.Length; i++)
            {
                var alone = Make(Prompts[i]);
                foreach (var _ in sampler.Sample(alone, TestContext.Current.CancellationToken)) { }
                Assert.Equal(alone.Row(0).ToArray(), canvases[i].Row(0).ToArray());
            }
        }
    }

    [Theory]
    [InlineData("bd3lm guided shifted")]
    [InlineData("llada2 multi-block")]
    public void NothingIsLeftBehindNorDoesItGrow(string setting)
    {
        var (sampler, make) = Make(setting);
        foreach (var _ in sampler.Sample(make(Prompts[0]), TestContext.Current.CancellationToken)) { } // what is made once is made
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var batch = new DenoisingBatch(_denoiser!, 3))
        {
            var ids = new List<int>();
            for (var step = 0; step < 60; step++)
            {
                if (batch.Waiting == 0) ids.AddRange(Prompts.Select(prompt => batch.Add(make(prompt), sampler)));
                var served = batch.Step();
                if (step % 7 == 0) batch.Cancel(served[0].Id);
            }
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private (ISampler Sampler, Func<int[], Canvas> Canvas) Make(string setting)
    {
        _denoiser ??= TinyModels.Build(setting.StartsWith("llada2", StringComparison.Ordinal) ? "llada2_moe" : "a2d-qwen3");
        var bd3lm = new Bd3lmOptions { StepsPerBlock = 3, BlockSize = 4 };
        var llada2 = new Llada2Options { BlockSize = 4, StepsPerBlock = 4, Threshold = 0.2 };
        var dream = new DreamOptions { Steps = 6, Temperature = 0.7, Seed = 5, Algorithm = DreamAlgorithm.Entropy };
        return setting switch
        {
            "bd3lm" => Of(new Bd3lmSampler(_denoiser, bd3lm with { Temperature = 1, Seed = 3 }), bd3lm.Layout),
            "bd3lm shifted" => Of(new Bd3lmSampler(_denoiser, bd3lm with { RightShiftLogits = true }), bd3lm.Layout),
            "bd3lm guided" => Of(new Bd3lmSampler(_denoiser, bd3lm with { CfgScale = 0.7 }), bd3lm.Layout),
            "bd3lm guided shifted" => Of(new Bd3lmSampler(_denoiser, bd3lm with { CfgScale = 0.7, RightShiftLogits = true }), bd3lm.Layout),
            "bd3lm uncached" => Of(new Bd3lmSampler(_denoiser, bd3lm with { UseCache = false }), bd3lm.Layout),
            "bd3lm multi-block" => Of(new Bd3lmSampler(_denoiser, bd3lm with { EntropyBound = 4, BlockAddThreshold = 0.25 }), bd3lm.Layout),
            "bd3lm masked again" => Of(new Bd3lmSampler(_denoiser, bd3lm with { RemaskShare = 0.5 }), bd3lm.Layout),
            // The last mask of a block is often its first token, which is known already: nothing is read then.
            "llada2 as bd3lm shifted" => Of(
                new Bd3lmSampler(_denoiser, bd3lm with { StepsPerBlock = 4, RightShiftLogits = true }), bd3lm.Layout),
            "llada2" => Of(new Llada2Sampler(_denoiser, llada2), llada2.Layout),
            "llada2 multi-block" => Of(new Llada2Sampler(_denoiser, llada2 with { BlockAddThreshold = 0.25 }), llada2.Layout),
            "llada21" => Of(
                new Llada21Sampler(_denoiser, new Llada21Options { BlockSize = 4, Threshold = 0.03, EditingThreshold = 0.03, MaxPostSteps = 3 }),
                CanvasLayout.RowsInBlocks(4)),
            "dream" => Of(new DreamSampler(_denoiser, dream), dream.Layout),
            "dream unshifted" => Of(new DreamSampler(_denoiser, dream with { RightShiftLogits = false, Algorithm = DreamAlgorithm.Origin }), dream.Layout),
            "fast threshold" => Of(new FastDllmSampler(_denoiser, new FastDllmOptions { BlockSize = 5, Threshold = 0.2 }), CanvasLayout.Left),
            "rnd1" => Of(new Rnd1Sampler(_denoiser, new Rnd1Options { Steps = 5 }), CanvasLayout.Left),
            "mdlm" => Of(new MdlmSampler(_denoiser, new MdlmSamplerOptions { Steps = 6, SuppressTokens = [Mask] }), CanvasLayout.Left),
            _ => throw new ArgumentException(setting),
        };

        static (ISampler, Func<int[], Canvas>) Of(ISampler sampler, CanvasLayout layout) =>
            (sampler, prompt => Canvas.ForCompletion([prompt], 8 + prompt.Length, Mask, Padding, layout: layout));
    }

    // Notes the rows and columns of each forward; one may fail.
    private sealed class Counting(IDenoiser inner) : IDenoiser
    {
        public List<(long Rows, long Columns)> Shapes { get; } = [];

        public int FailsAt { get; init; }

        public int VocabularySize => inner.VocabularySize;

        public Tensor Forward(DenoiserInput input)
        {
            Shapes.Add((input.Ids.size(0), input.Ids.size(1)));
            var logits = inner.Forward(input);
            if (Shapes.Count != FailsAt) return logits;
            logits.Dispose(); // what the forward wrote to a cache is there
            throw new InvalidOperationException("out of memory");
        }
    }
}
