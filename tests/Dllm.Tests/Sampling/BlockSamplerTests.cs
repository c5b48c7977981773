using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

/// <summary>BD3LM, LLaDA2 and LLaDA2.1 on tiny decoders: the cache is exact, rows do not depend on each other, and no mask stays.</summary>
public sealed class BlockSamplerTests : IDisposable
{
    private const int Mask = 49;
    private const int End = 48;
    private const int Padding = 47;
    private static readonly int[][] Prompts = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14]];

    private readonly Denoiser _qwen = TinyModels.Build("a2d-qwen3");
    private readonly Denoiser _mixture = TinyModels.Build("llada2_moe");

    public static TheoryData<string> Settings() =>
    [
        "bd3lm", "bd3lm blocks of one", "bd3lm wide block", "bd3lm few steps", "bd3lm shifted", "bd3lm guided", "bd3lm random",
        "bd3lm temperature", "bd3lm guided shifted", "llada2", "llada2 blocks of one", "llada2 low threshold", "llada2 few steps",
        "llada2 temperature", "llada21", "llada21 edits", "llada21 blocks of one", "llada21 no post steps", "llada21 temperature",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _qwen.Dispose();
        _mixture.Dispose();
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void CachedAndUncachedWriteTheSame(string setting)
    {
        foreach (var make in new Func<CanvasLayout, Canvas>[] { Completion, Infilling })
        {
            var (cached, layout) = Make(setting, useCache: true);
            var (uncached, _) = Make(setting, useCache: false);
            var (one, other) = (make(layout), make(layout));
            var steps = cached.Sample(one, Cancellation).ToList();
            var expected = uncached.Sample(other, Cancellation).ToList();
            Assert.Equal(expected.Count, steps.Count);
            for (var i = 0; i < steps.Count; i++)
            {
                Assert.Equal(
                    expected[i].Changes.Select(change => (change.Row, change.Position, change.Id)),
                    steps[i].Changes.Select(change => (change.Row, change.Position, change.Id)));
            }

            Assert.Equal(0, one.MasksLeft);
            for (var row = 0; row < one.Rows; row++) Assert.Equal(other.Row(row).ToArray(), one.Row(row).ToArray());
        }
    }

    [Theory]
    [InlineData(3, 4, 8)]
    [InlineData(8, 8, 16)]
    [InlineData(0, 1, 8)]
    public void AnAnswerHasTheTokensAskedForThoughRowsEndWithAWholeBlock(int prompt, int newTokens, int length)
    {
        var canvas = Canvas.ForCompletion([[.. Enumerable.Repeat(5, prompt)]], newTokens, Mask, Padding, layout: CanvasLayout.RowsInBlocks(8));
        Assert.Equal(length, canvas.Length(0));
        Assert.Equal(newTokens, canvas.Written(0).Length);
        Assert.Equal(newTokens, canvas.Copy().Written(0).Length);
    }

    [Theory]
    [InlineData("bd3lm")]
    [InlineData("bd3lm guided")]
    [InlineData("bd3lm shifted")]
    [InlineData("llada2")]
    [InlineData("llada2 low threshold")]
    [InlineData("llada21 edits")]
    public void ARowIsWrittenTheSameAloneAndInABatch(string setting)
    {
        var (sampler, layout) = Make(setting, useCache: true);
        var together = Completion(layout);
        foreach (var step in sampler.Sample(together, Cancellation)) Assert.InRange(step.Step, 1, step.Steps);
        for (var row = 0; row < Prompts.Length; row++)
        {
            // BD3LM's blocks are columns of the canvas: alone, a prompt is given as many columns as in the batch by its own padding.
            var alone = Canvas.ForCompletion([Prompts[row]], 12, Mask, Padding, layout: layout);
            foreach (var _ in sampler.Sample(alone, Cancellation)) { }
            if (!setting.StartsWith("bd3lm", StringComparison.Ordinal) || Prompts[row].Length > 4)
                Assert.Equal(alone.Written(0), together.Written(row)[..alone.Written(0).Length]);
        }
    }

    [Theory]
    [InlineData("bd3lm")]
    [InlineData("llada2")]
    [InlineData("llada21 edits")]
    public void AStepReadsTheBlockOnly(string setting)
    {
        var counting = new ReadColumns(setting.StartsWith("bd3lm", StringComparison.Ordinal) ? _qwen : _mixture);
        var (sampler, layout) = Make(setting, useCache: true, counting);
        var canvas = Canvas.ForCompletion([Prompts[2]], 12, Mask, Padding, layout: layout);
        var steps = sampler.Sample(canvas, Cancellation).Count();
        Assert.Equal(steps, counting.Columns.Count);
        // A block is read with what was settled before it, once: the prompt or the last block.
        Assert.All(counting.Columns, columns => Assert.InRange(columns, 1, 12));
        Assert.True(counting.Columns.Count(columns => columns > 4) <= 4);
        Assert.Contains(4, counting.Columns);
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void CancelledMidwayEverythingStaysUsable(string setting)
    {
        var (sampler, layout) = Make(setting, useCache: true);
        var expected = Completion(layout);
        foreach (var _ in sampler.Sample(expected, Cancellation)) { }
        using var source = new CancellationTokenSource();
        var canvas = Completion(layout);
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var step in sampler.Sample(canvas, source.Token))
            {
                if (step.Step == 3) source.Cancel();
            }
        });
        Assert.True(canvas.MasksLeft > 0);
        var again = Completion(layout);
        foreach (var _ in sampler.Sample(again, Cancellation)) { }
        for (var row = 0; row < again.Rows; row++) Assert.Equal(expected.Row(row).ToArray(), again.Row(row).ToArray());
        foreach (var _ in sampler.Sample(canvas, Cancellation)) { } // what is there can be sampled further
        Assert.Equal(0, canvas.MasksLeft);
    }

    [Theory]
    [InlineData("bd3lm guided shifted", 100)]
    [InlineData("llada2", 1000)]
    [InlineData("llada21 edits", 100)]
    public void TensorsDoNotGrowOverSteps(string setting, int least)
    {
        var (sampler, layout) = Make(setting, useCache: true);
        var counts = new List<long>();
        var steps = 0;
        foreach (var _ in sampler.Sample(Completion(layout), Cancellation)) { } // what is made once is made
        while (steps < least)
        {
            steps += sampler.Sample(Completion(layout), Cancellation).Count();
            counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }

        Assert.Equal(counts[0], counts[^1]);
    }

    [Fact]
    public void ARowStopsAtItsEndAndIsFilledWithPadding()
    {
        foreach (var setting in new[] { "bd3lm", "llada2", "llada21 edits" })
        {
            var (free, layout) = Make(setting, useCache: true);
            var whole = Completion(layout);
            var all = free.Sample(whole, Cancellation).Count();
            int end = whole.Written(0)[4]; // some token of the second block ends the text
            var (stopping, _) = Make(setting, useCache: true, ends: [end]);
            var canvas = Completion(layout);
            Assert.InRange(stopping.Sample(canvas, Cancellation).Count(), 1, all);
            Assert.Equal(0, canvas.MasksLeft);
            for (var row = 0; row < canvas.Rows; row++)
            {
                var (text, expected) = (canvas.Written(row), whole.Written(row));
                int length = Array.IndexOf(expected, end);
                if (length < 0 || setting.Contains("edits", StringComparison.Ordinal)) continue;
                Assert.Equal(expected[..(length + 1)], text[..(length + 1)]);
            }
        }
    }

    [Fact]
    public void EmptyPromptsAreWritten()
    {
        foreach (var setting in new[] { "bd3lm", "bd3lm shifted", "llada2", "llada21" })
        {
            var (sampler, layout) = Make(setting, useCache: true);
            var canvas = Canvas.ForCompletion([[], [3, 4, 5, 6, 7]], 6, Mask, Padding, layout: layout);
            foreach (var _ in sampler.Sample(canvas, Cancellation)) { }
            Assert.Equal(0, canvas.MasksLeft);
        }
    }

    [Fact]
    public void OptionsThatMakeNoSenseAreRefusedOrNamed()
    {
        Assert.ThrowsAny<DllmException>(() => new Bd3lmSampler(_qwen, new Bd3lmOptions { BlockSize = 0 }));
        Assert.ThrowsAny<DllmException>(() => new Bd3lmSampler(_qwen, new Bd3lmOptions { Steps = 0 }));
        Assert.Contains("threshold", Assert.ThrowsAny<DllmException>(() => new Llada2Options { Threshold = 2 }.Validate()).Message);
        Assert.Contains("minimal-topk", Assert.ThrowsAny<DllmException>(() => new Llada2Options { MaxNewTokens = 4, MinimalTopk = 5 }.Validate()).Message);
        Assert.Contains("top-p", Assert.ThrowsAny<DllmException>(() => new Llada21Options { TopP = 0 }.Validate()).Message);
        Assert.Contains("top-p", Assert.Single(new Llada2Options { TopP = 0.5 }.FindUnusedTexts()));
        Assert.Contains("seed", Assert.Single(new Llada21Options { Seed = 3 }.FindUnusedTexts()));
        using var encoder = TinyModels.Build("modernbert");
        Assert.Contains("block", Assert.ThrowsAny<DllmException>(() => new Bd3lmSampler(encoder, new Bd3lmOptions())).Message);
    }

    private static Canvas Completion(CanvasLayout layout) => Canvas.ForCompletion(Prompts, 12, Mask, Padding, layout: layout);

    private static Canvas Infilling(CanvasLayout layout) => Canvas.ForInfilling(
        [[5, Mask, Mask, 6, 7, 8, 9, 10, 11, 12, Mask], [Mask, 7, Mask, Mask, Mask, Mask, Mask], [1, 2]], Mask, Padding, layout: layout);

    private (ISampler Sampler, CanvasLayout Layout) Make(string setting, bool useCache, IDenoiser? denoiser = null, int[]? ends = null)
    {
        var blockSize = setting.Contains("blocks of one", StringComparison.Ordinal) ? 1
            : setting.Contains("wide block", StringComparison.Ordinal) ? 32 : 4;
        double temperature = setting.Contains("temperature", StringComparison.Ordinal) ? 0.8 : 0;
        if (setting.StartsWith("bd3lm", StringComparison.Ordinal))
        {
            var options = new Bd3lmOptions
            {
                BlockSize = blockSize,
                Steps = setting.Contains("few steps", StringComparison.Ordinal) ? 4 : 128,
                RightShiftLogits = setting.Contains("shifted", StringComparison.Ordinal),
                CfgScale = setting.Contains("guided", StringComparison.Ordinal) ? 0.7 : 0,
                Remasking = setting.Contains("random", StringComparison.Ordinal) ? Remasking.Random : Remasking.LowConfidence,
                Temperature = temperature,
                UseCache = useCache,
                EndTokenIds = ends ?? [],
            };
            return (new Bd3lmSampler(denoiser ?? _qwen, options), options.Layout);
        }

        if (setting.StartsWith("llada21", StringComparison.Ordinal))
        {
            var options = new Llada21Options
            {
                BlockSize = blockSize,
                Threshold = setting.Contains("edits", StringComparison.Ordinal) ? 0.03 : 0.95,
                EditingThreshold = setting.Contains("edits", StringComparison.Ordinal) ? 0.03 : 0.9,
                MaxPostSteps = setting.Contains("no post steps", StringComparison.Ordinal) ? 0 : 4,
                Temperature = temperature,
                UseCache = useCache,
                EosEarlyStop = ends is not null,
                EndTokenIds = ends ?? [],
            };
            return (new Llada21Sampler(denoiser ?? _mixture, options), options.Layout);
        }

        var llada2 = new Llada2Options
        {
            BlockSize = blockSize,
            StepsPerBlock = setting.Contains("few steps", StringComparison.Ordinal) ? 2 : 32,
            Threshold = setting.Contains("low threshold", StringComparison.Ordinal) ? 0.03 : 0.95,
            Temperature = temperature,
            UseCache = useCache,
            EosEarlyStop = ends is not null,
            EndTokenIds = ends ?? [],
        };
        return (new Llada2Sampler(denoiser ?? _mixture, llada2), llada2.Layout);
    }

    private sealed class ReadColumns(IDenoiser inner) : IDenoiser
    {
        public List<long> Columns { get; } = [];

        public int VocabularySize => inner.VocabularySize;

        public Tensor Forward(DenoiserInput input)
        {
            Columns.Add(input.Ids.size(1));
            return inner.Forward(input);
        }
    }
}
