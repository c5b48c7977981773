using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;
using TorchSharp;

namespace Dllm.Tests.Sampling;

/// <summary>Blocks begun before the one in front is done, keys and values computed anew at intervals, and policies on every sampler.</summary>
public sealed class MultiBlockTests : IDisposable
{
    private const int Mask = 49;
    private const int End = 48;
    private static readonly int[][] Prompts = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14]];

    private readonly Denoiser _denoiser = TinyModels.Build("a2d-qwen3");

    public void Dispose() => _denoiser.Dispose();

    public static TheoryData<string> Samplers =>
    [
        "mdlm", "fast", "fast prefix", "fast dual", "fast refresh", "fast threshold", "fast factor", "bd3lm", "bd3lm recomputed",
        "llada2", "llada2 recomputed", "llada2 masked again", "llada2 uneven steps",
    ];

    [Theory]
    [MemberData(nameof(Samplers))]
    public void AThresholdOfOneIsBlockByBlock(string name)
    {
        foreach (int blockSize in new[] { 1, 3, 4, 12 })
        {
            var (plain, steps) = Fill(name, null, blockSize);
            var (same, sameSteps) = Fill(name, 1, blockSize);
            for (int row = 0; row < plain.Rows; row++) Assert.Equal(plain.Row(row).ToArray(), same.Row(row).ToArray());
            Assert.Equal(steps.Count, sameSteps.Count);
            Assert.Equal(steps.SelectMany(step => step.Changes), sameSteps.SelectMany(step => step.Changes));
        }
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void ALowerThresholdFillsEverythingToo(string name)
    {
        foreach (double threshold in new[] { 0.6, 0.3, 1e-9 })
        {
            Assert.Equal(0, Fill(name, threshold, 3).Canvas.MasksLeft);
            var (canvas, steps) = Fill(name, threshold, 3, rows: 1);
            Assert.Equal(0, canvas.MasksLeft);
            Assert.InRange(steps.Count, 1, steps.Sum(step => step.Changes.Count)); // every step writes a token
            Assert.Equal(steps.Count, steps[^1].Step);
        }
    }

    [Fact]
    public void TheNextBlockIsBegunWhenItsShareIsReachedAndNotBefore()
    {
        using var table = new TableDenoiser();
        var options = new MdlmSamplerOptions { BlockSize = 4, MaxNewTokens = 12, EntropyBound = 0, BlockAddThreshold = 0.5, SuppressTokens = [22] };
        var canvas = Canvas.ForCompletion([[1, 2]], 12, 22, 21);
        var written = new List<int>();
        foreach (var step in new MdlmSampler(table, options).Sample(canvas))
        {
            int position = Assert.Single(step.Changes).Position - 2;
            int block = position / 4;
            if (block > 0) Assert.True(Enumerable.Range(0, block).All(front => written.Count(place => place / 4 == front) >= 2));
            written.Add(position);
        }

        Assert.Equal(12, written.Count);
        Assert.NotEqual(written, written.OrderBy(position => position / 4)); // some block was begun early
    }

    [Fact]
    public void RowsOfABatchAreWrittenAsAlone()
    {
        using var table = new TableDenoiser();
        var options = new MdlmSamplerOptions { BlockSize = 4, MaxNewTokens = 12, EntropyBound = 1, BlockAddThreshold = 0.5, SuppressTokens = [22] };
        int[][] prompts = [[1, 2, 3], [], [4, 5, 6, 7, 8]];
        var together = Canvas.ForCompletion(prompts, 12, 22, 21);
        foreach (var _ in new MdlmSampler(table, options).Sample(together)) { }
        for (int row = 0; row < prompts.Length; row++)
        {
            var alone = Canvas.ForCompletion([prompts[row]], 12, 22, 21);
            foreach (var _ in new MdlmSampler(table, options).Sample(alone)) { }
            Assert.Equal(alone.Written(0), together.Written(row));
        }
    }

    [Theory]
    [InlineData("bd3lm", "bd3lm recomputed")]
    [InlineData("llada2", "llada2 recomputed")]
    public void KeysAreKeptOfDecidedBlocksOnly(string cached, string recomputed)
    {
        foreach (double threshold in new[] { 0.7, 0.3, 1e-9 })
        {
            var (one, steps) = Fill(cached, threshold, 3);
            var (other, expected) = Fill(recomputed, threshold, 3);
            Assert.Equal(expected.Count, steps.Count);
            for (int row = 0; row < one.Rows; row++) Assert.Equal(other.Row(row).ToArray(), one.Row(row).ToArray());
        }
    }

    [Fact]
    public void BlocksOfLlada2AreBegunEarlyAndThatSavesSteps()
    {
        int[] steps = [.. new double?[] { null, 0.5, 1e-9 }.Select(threshold => Fill("llada2", threshold, 4, rows: 1).Steps.Count)];
        Assert.True(steps[2] < steps[0] && steps[1] <= steps[0], string.Join(' ', steps));
        var positions = Fill("llada2", 0.5, 4, rows: 1).Steps.Select(step => step.Changes.Select(change => change.Position / 4).Distinct().Count());
        Assert.Contains(2, positions); // some step writes in two blocks
    }

    [Theory]
    [InlineData(null, 0.0)]
    [InlineData(0.5, 0.0)]
    [InlineData(null, 0.4)]
    public void RowsDoNotWaitForEachOtherWhereTheModelDecides(double? threshold, double share)
    {
        using var table = new TableDenoiser();
        var mdlm = new MdlmSamplerOptions { BlockSize = 4, EntropyBound = 2, BlockAddThreshold = threshold, RemaskShare = share, SuppressTokens = [22] };
        var fast = new FastDllmOptions { BlockSize = 4, Threshold = 0.4, BlockAddThreshold = threshold, RemaskShare = share };
        int[][] rows = [[1, 22, 22, 3, 22, 22, 22, 22, 22, 22, 22, 22], [5, 6, 7, 8, 22, 9, 1, 1, 22, 22, 22, 22, 22, 22, 22, 22], [22, 22], [3]];
        foreach (var sampler in new ISampler[] { new MdlmSampler(table, mdlm), new FastDllmSampler(table, fast) })
        {
            var together = Canvas.ForInfilling(rows, 22, 21);
            var steps = sampler.Sample(together).ToList();
            var most = 0;
            for (int row = 0; row < rows.Length; row++)
            {
                if (rows[row].Length < 4) continue; // shorter than a block
                var alone = Canvas.ForInfilling([rows[row]], 22, 21);
                most = Math.Max(most, sampler.Sample(alone).Count());
                Assert.Equal(alone.Written(0), together.Written(row));
            }

            Assert.Equal(most, steps.Count);
            Assert.Equal(0, together.MasksLeft);
            Assert.All(steps, step => Assert.InRange(step.Step, 1, step.Steps));
        }
    }

    [Fact]
    public void KeysAndValuesComputedAnewAtEveryStepAreExact()
    {
        var fast = new FastDllmOptions { Steps = 12, MaxNewTokens = 12, BlockSize = 4, SuppressTokens = [Mask] };
        var exact = Run(new FastDllmSampler(_denoiser, fast), CanvasLayout.Right);
        var anew = Run(new FastDllmSampler(_denoiser, fast with { Cache = CacheMode.Refresh, PromptInterval = 1, ResponseInterval = 1 }), CanvasLayout.Right);
        for (int row = 0; row < exact.Canvas.Rows; row++) Assert.Equal(exact.Canvas.Row(row).ToArray(), anew.Canvas.Row(row).ToArray());
    }

    [Fact]
    public void IntervalsSayWhatIsRead()
    {
        var counting = new ReadDenoiser(_denoiser);
        var fast = new FastDllmOptions
        {
            Steps = 12,
            MaxNewTokens = 12,
            BlockSize = 4,
            SuppressTokens = [Mask],
            Cache = CacheMode.Refresh,
            PromptInterval = 6,
            ResponseInterval = 3,
        };
        var canvas = Canvas.ForCompletion([Prompts[2]], 12, Mask, End, layout: CanvasLayout.Right);
        foreach (var _ in new FastDllmSampler(counting, fast).Sample(canvas)) { }
        Assert.Equal([18, 4, 4, 12, 4, 4, 18, 4, 4, 12, 4, 4], counting.Columns);
    }

    [Theory]
    [InlineData(CacheMode.None)]
    [InlineData(CacheMode.Dual)]
    [InlineData(CacheMode.Refresh)]
    public void TextsStopEarlyWithEveryCache(CacheMode cache)
    {
        var fast = new FastDllmOptions { MaxNewTokens = 12, Steps = 12, BlockSize = 4, SuppressTokens = [Mask], Cache = cache };
        var whole = Canvas.ForCompletion([[5, 6]], 12, Mask, End, layout: CanvasLayout.Right);
        int steps = new FastDllmSampler(_denoiser, fast).Sample(whole).Count();
        int end = whole.Written(0)[4]; // as if this token ended texts
        int first = Array.IndexOf(whole.Written(0), end);
        var cut = Canvas.ForCompletion([[5, 6]], 12, Mask, End, layout: CanvasLayout.Right);
        Assert.InRange(new FastDllmSampler(_denoiser, fast with { EosEarlyStop = true, EndTokenIds = [end] }).Sample(cut).Count(), 1, steps - 1);
        Assert.Equal(whole.Written(0)[..(first + 1)], cut.Written(0)[..(first + 1)]);
        Assert.Equal(0, cut.MasksLeft);
    }

    [Fact]
    public void WhatContradictsIsNamed()
    {
        Assert.Contains("block-add", Fault(() => new MdlmSamplerOptions { BlockAddThreshold = 0.5 }.Validate()));
        Assert.Contains("at most 1", Fault(() => new MdlmSamplerOptions { EntropyBound = 1, BlockAddThreshold = 1.5 }.Validate()));
        Assert.Contains("block-add", Fault(() => new Bd3lmOptions { BlockAddThreshold = 0.5 }.Validate()));
        Assert.Contains("block-add", Fault(() => new FastDllmOptions { BlockAddThreshold = 0, Threshold = 0.9 }.Validate()));
        Assert.Contains("threshold", Fault(() => new FastDllmOptions { EntropyBound = 1, Threshold = 0.9 }.Validate()));
        Assert.Contains("random", Fault(() => new Bd3lmOptions { EntropyBound = 1, Remasking = Remasking.Random }.Validate()));
        Assert.Contains("block-add", Fault(() => new Llada2Options { BlockAddThreshold = 1.5 }.Validate()));
        Assert.Contains("block-add", Fault(() => new Llada2Options { BlockAddThreshold = 0.5, AsOriginal = true }.Validate()));
        Assert.Contains("interval", Fault(() => new FastDllmOptions { PromptInterval = 0 }.Validate()));
        Assert.Contains("Fast-dLLM", Fault(() => new DreamOptions { Cache = CacheMode.Refresh }.Validate()));
        Assert.Contains(new FastDllmOptions { PromptInterval = 7 }.FindUnusedTexts(), text => text.Contains("prompt-interval"));

        static string Fault(Action action) => Assert.ThrowsAny<DllmException>(action).ToString();
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void NothingIsLeftBehind(string name)
    {
        _ = Fill(name, 0.5, 4);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        _ = Fill(name, 0.5, 4);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private (Canvas Canvas, List<SampleStep> Steps) Fill(string name, double? threshold, int blockSize, int rows = 3)
    {
        var fast = new FastDllmOptions { MaxNewTokens = 12, BlockSize = blockSize, EntropyBound = 2, BlockAddThreshold = threshold };
        var block = new Bd3lmOptions { MaxNewTokens = 12, BlockSize = blockSize, EntropyBound = 2, BlockAddThreshold = threshold };
        var causal = new Llada2Options { BlockSize = blockSize, Threshold = 0.1, BlockAddThreshold = threshold };
        return name switch
        {
            "llada2" => Causal(causal),
            "llada2 recomputed" => Causal(causal with { UseCache = false }),
            "llada2 masked again" => Causal(causal with { StepsPerBlock = 2, RemaskShare = 0.5 }),
            "llada2 uneven steps" => Causal(causal with { StepsPerBlock = 5, Threshold = 0.9 }),
            "mdlm" => Run(new MdlmSampler(_denoiser, new MdlmSamplerOptions { MaxNewTokens = 12, BlockSize = blockSize, EntropyBound = 2, BlockAddThreshold = threshold, SuppressTokens = [Mask] }), CanvasLayout.Left, rows),
            "bd3lm" => Run(new Bd3lmSampler(_denoiser, block), block.Layout, rows),
            "bd3lm recomputed" => Run(new Bd3lmSampler(_denoiser, block with { UseCache = false }), block.Layout, rows),
            "fast threshold" => Fast(fast with { EntropyBound = null, Threshold = 0.1 }),
            "fast factor" => Fast(fast with { EntropyBound = null, Factor = 3 }),
            "fast prefix" => Fast(fast with { Cache = CacheMode.Prefix }),
            "fast dual" => Fast(fast with { Cache = CacheMode.Dual }),
            "fast refresh" => Fast(fast with { Cache = CacheMode.Refresh, PromptInterval = 5, ResponseInterval = 2 }),
            _ => Fast(fast),
        };

        (Canvas, List<SampleStep>) Causal(Llada2Options options) => Run(new Llada2Sampler(_denoiser, options), options.Layout, rows);

        (Canvas, List<SampleStep>) Fast(FastDllmOptions options) => Run(new FastDllmSampler(_denoiser, options), options.Layout, rows);
    }

    private static (Canvas Canvas, List<SampleStep> Steps) Run(ISampler sampler, CanvasLayout layout, int rows = 3)
    {
        var canvas = Canvas.ForCompletion(Prompts[..rows], 12, Mask, End, layout: layout);
        return (canvas, [.. sampler.Sample(canvas)]);
    }

    // Notes how many columns each forward reads.
    private sealed class ReadDenoiser(IDenoiser inner) : IDenoiser
    {
        public List<long> Columns { get; } = [];

        public int VocabularySize => inner.VocabularySize;

        public torch.Tensor Forward(DenoiserInput input)
        {
            Columns.Add(input.Ids.size(1));
            return inner.Forward(input);
        }
    }
}
