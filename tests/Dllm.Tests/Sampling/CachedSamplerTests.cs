using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;
using TorchSharp;

namespace Dllm.Tests.Sampling;

/// <summary>The samplers of Dream and Fast-dLLM on a tiny decoder and tiny encoders, with every cache.</summary>
public sealed class CachedSamplerTests : IDisposable
{
    private const int Mask = 49;
    private const int End = 48;
    // No two cells of a step score alike to seven digits here: such ties fall as the rounding of products of one size or another has it.
    private static readonly int[][] Prompts = [[5, 6, 17], [8], [9, 10, 11, 12, 13, 14]];

    private static readonly DreamOptions Dream = new()
    {
        Algorithm = DreamAlgorithm.Entropy,
        Steps = 12,
        MaxNewTokens = 12,
        Temperature = 0,
        TopK = null,
        BlockSize = 4,
    };

    private static readonly FastDllmOptions Fast = new() { Steps = 12, MaxNewTokens = 12, BlockSize = 4 };

    private readonly Denoiser _denoiser = TinyModels.Build("a2d-qwen3");

    public static TheoryData<string> Settings() =>
    [
        "dream origin", "dream maskgit", "dream margin", "dream entropy", "dream drawn", "dream temperature", "dream threshold",
        "dream stochastic", "dream reference", "fast quota", "fast few steps", "fast threshold", "fast threshold 1", "fast threshold 0",
        "fast factor", "fast random", "fast shifted", "fast stochastic",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _denoiser.Dispose();

    [Theory]
    [MemberData(nameof(Settings))]
    public void FillsEveryMaskOfUnequalRowsInCompletionAndInfilling(string setting)
    {
        foreach (var cache in Modes(setting))
        {
            var (sampler, layout) = Make(setting, cache);
            var completion = Canvas.ForCompletion(Prompts, 12, Mask, End, layout: layout);
            var infilling = Canvas.ForInfilling([[5, Mask, Mask, 6], [Mask, 7, Mask, Mask, Mask, Mask, Mask], [1, 2]], Mask, End, layout: layout);
            foreach (var canvas in new[] { completion, infilling })
            {
                var replay = canvas.Copy();
                foreach (var step in sampler.Sample(canvas, Cancellation))
                {
                    Assert.InRange(step.Step, 1, step.Steps);
                    replay.Apply(step);
                    Assert.Equal(replay.MasksLeft, step.MasksLeft);
                }

                Assert.Equal(0, canvas.MasksLeft);
                for (var row = 0; row < canvas.Rows; row++) Assert.Equal(canvas.Row(row).ToArray(), replay.Row(row).ToArray());
            }

            for (var row = 0; row < 3; row++) Assert.Equal(Prompts[row], completion.Tokens(row)[..Prompts[row].Length].ToArray());
        }
    }

    [Theory]
    [InlineData("dream entropy")]
    [InlineData("dream threshold")]
    [InlineData("fast quota")]
    [InlineData("fast threshold")]
    [InlineData("fast factor")]
    [InlineData("fast shifted")]
    public void ARowIsWrittenTheSameAloneAndInABatch(string setting)
    {
        // The intervals of refreshing count the steps of the batch.
        foreach (var cache in Modes(setting).Where(mode => mode != CacheMode.Refresh))
        {
            var (sampler, layout) = Make(setting, cache);
            var together = Canvas.ForCompletion(Prompts, 12, Mask, End, layout: layout);
            Run(sampler, together);
            for (var row = 0; row < Prompts.Length; row++)
            {
                var alone = Canvas.ForCompletion([Prompts[row]], 12, Mask, End, layout: layout);
                Run(sampler, alone);
                Assert.Equal(alone.Written(0), together.Written(row));
            }
        }
    }

    [Fact]
    public void AShiftedRowThatBeginsWithAMaskDoesNotReadThePaddingInFront()
    {
        int[][] rows = [[5, 6, Mask, 7, 8, 9], [Mask, 7, Mask]];
        var (sampler, layout) = Make("dream entropy", CacheMode.None);
        var (together, alone) = (Canvas.ForInfilling(rows, Mask, End, layout: layout), Canvas.ForInfilling([rows[1]], Mask, End, layout: layout));
        Run(sampler, together);
        Run(sampler, alone);
        Assert.Equal(alone.Written(0), together.Written(1));
    }

    [Theory]
    [InlineData("fast quota")]
    [InlineData("fast threshold")]
    [InlineData("fast factor")]
    public void CachesAreExactWhereNothingIsKept(string setting)
    {
        // One block that is the whole canvas: no prompt stands in front of it, and nothing behind.
        var texts = Modes(setting).Select(cache =>
        {
            var (sampler, layout) = Make(setting, cache, blockSize: 12);
            var canvas = Canvas.ForCompletion([[]], 12, Mask, End, layout: layout);
            Run(sampler, canvas);
            return string.Join(' ', canvas.Written(0));
        });
        Assert.Single(texts.Distinct());
    }

    [Fact]
    public void ThresholdAndFactorSpanFromOneTokenAStepToAllAtOnce()
    {
        Assert.Equal(12, Steps(Fast with { Threshold = 1 }));
        Assert.Equal(3, Steps(Fast with { Threshold = 0 }));
        Assert.Equal(12, Steps(Fast with { Factor = 1e-9 }));
        Assert.Equal(3, Steps(Fast with { Factor = 1e9 }));

        int Steps(FastDllmOptions options)
        {
            var canvas = Canvas.ForCompletion([[5, 6]], 12, Mask, End, layout: options.Layout);
            return new FastDllmSampler(_denoiser, options).Sample(canvas, Cancellation).Count();
        }
    }

    [Fact]
    public void CancellingMidwayLeavesDenoiserAndSamplerUsable()
    {
        foreach (var cache in Modes("dream entropy"))
        {
            var (sampler, layout) = Make("dream entropy", cache);
            var (whole, broken) = (Canvas.ForCompletion(Prompts, 12, Mask, End, layout: layout), Canvas.ForCompletion(Prompts, 12, Mask, End, layout: layout));
            Run(sampler, whole);
            using var source = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() =>
            {
                foreach (var step in sampler.Sample(broken, source.Token))
                {
                    if (step.Step == 5) source.Cancel();
                }
            });
            var again = Canvas.ForCompletion(Prompts, 12, Mask, End, layout: layout);
            Run(sampler, again);
            Assert.Equal(whole.Written(1), again.Written(1));
            Run(sampler, broken);
            Assert.Equal(0, broken.MasksLeft);
        }
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        foreach (var setting in Settings().Select(row => row.Data))
        {
            foreach (var cache in Modes(setting))
            {
                var (sampler, layout) = Make(setting, cache);
                var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
                Run(sampler, Canvas.ForCompletion(Prompts, 12, Mask, End, layout: layout));
                foreach (var _ in sampler.Sample(Canvas.ForCompletion(Prompts, 12, Mask, End, layout: layout), Cancellation)) break;
                Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }
        }
    }

    [Fact]
    public void TheSameSeedGivesTheSameText()
    {
        int[] Text(long seed)
        {
            var options = Dream with { Temperature = 1, AlgorithmTemperature = 1, Seed = seed, Cache = CacheMode.Dual };
            var canvas = Canvas.ForCompletion([[5, 6]], 12, Mask, End, layout: options.Layout);
            Run(new DreamSampler(_denoiser, options), canvas);
            return canvas.Written(0);
        }

        Assert.Equal(Text(1), Text(1));
        Assert.NotEqual(Text(1), Text(2));
    }

    [Theory]
    [InlineData("modernbert")]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void EncodersHaveEveryCacheToo(string type)
    {
        using var encoder = TinyModels.Build(type);
        foreach (var setting in new[] { "dream entropy", "fast quota", "fast threshold" })
        {
            foreach (var cache in Modes(setting))
            {
                var (sampler, layout) = Make(setting, cache, denoiser: encoder);
                var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
                var together = Canvas.ForCompletion(Prompts, 12, Mask, End, layout: layout);
                Run(sampler, together);
                Assert.Equal(0, together.MasksLeft);
                for (var row = 0; row < Prompts.Length && cache != CacheMode.Refresh; row++)
                {
                    var alone = Canvas.ForCompletion([Prompts[row]], 12, Mask, End, layout: layout);
                    Run(sampler, alone);
                    Assert.Equal(alone.Written(0), together.Written(row));
                }

                Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }
        }
    }

    [Theory]
    [InlineData("modernbert")]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void AnEncodersCachesAreExactWhereABlockIsAllOrIsWrittenAtOnce(string type)
    {
        using var encoder = TinyModels.Build(type);
        foreach (var (setting, blockSize, prompt) in new[] { ("fast quota", 12, (int[])[]), ("fast threshold 0", 4, [5, 6, 7]) })
        {
            // The refreshing cache keeps what earlier blocks read.
            var texts = Modes(setting).Where(mode => mode != CacheMode.Refresh || blockSize == 12).Select(cache =>
            {
                var (sampler, layout) = Make(setting, cache, blockSize, encoder);
                var canvas = Canvas.ForCompletion([prompt], 12, Mask, End, layout: layout);
                Run(sampler, canvas);
                return string.Join(' ', canvas.Written(0));
            });
            Assert.Single(texts.Distinct());
        }
    }

    [Fact]
    public void ContradictionsAreNamed()
    {
        Assert.Contains("threshold", Error(Dream with { Algorithm = DreamAlgorithm.ConfidenceThreshold }), StringComparison.Ordinal);
        Assert.Contains("top-p", Error(Dream with { TopP = 0 }), StringComparison.Ordinal);
        Assert.Contains("guidance", Error(Dream with { CfgScale = 1, Cache = CacheMode.Dual }), StringComparison.Ordinal);
        Assert.Contains("steps", Error(Dream with { Steps = 0 }), StringComparison.Ordinal);
        Assert.Contains((Fast with { Threshold = 0.9, Factor = 1 }).FindUnusedTexts(), text => text.Contains("threshold", StringComparison.Ordinal));
        Assert.Contains((Dream with { Threshold = 0.9 }).FindUnusedTexts(), text => text.Contains("threshold", StringComparison.Ordinal));
        Assert.Contains(Dream.FindUnusedTexts(), text => text.Contains("block-size", StringComparison.Ordinal));
        Assert.ThrowsAny<DllmException>(() => (Fast with { Threshold = 1.5 }).Validate());
        Assert.ThrowsAny<DllmException>(() => (Fast with { Factor = 0 }).Validate());

        string Error(DreamOptions options) => Assert.ThrowsAny<DllmException>(() => new DreamSampler(_denoiser, options)).Message;
    }

    private static IEnumerable<CacheMode> Modes(string setting) =>
        Enum.GetValues<CacheMode>().Where(mode => mode != CacheMode.Refresh || setting.StartsWith("fast", StringComparison.Ordinal));

    private (ISampler Sampler, CanvasLayout Layout) Make(string setting, CacheMode cache, int blockSize = 4, Denoiser? denoiser = null)
    {
        if (setting.StartsWith("dream", StringComparison.Ordinal))
        {
            var dream = Dream with { Cache = cache, BlockSize = blockSize };
            dream = setting switch
            {
                "dream origin" => dream with { Algorithm = DreamAlgorithm.Origin },
                "dream maskgit" => dream with { Algorithm = DreamAlgorithm.MaskGitPlus, TopK = 5, TopP = 0.8 },
                "dream margin" => dream with { Algorithm = DreamAlgorithm.TopKMargin, Steps = 5 },
                "dream drawn" => dream with { AlgorithmTemperature = 0.4 },
                "dream temperature" => dream with { Temperature = 1.2, TopK = 8, TopP = 0.6 },
                "dream threshold" => dream with { Algorithm = DreamAlgorithm.ConfidenceThreshold, Threshold = 0.3 },
                "dream stochastic" => dream with { StochasticTransfer = true },
                "dream reference" => dream with { Temperature = 1, AlgorithmTemperature = 0.3, ReferenceRng = true, AsOriginal = false },
                _ => dream,
            };
            return (new DreamSampler(denoiser ?? _denoiser, dream), dream.Layout);
        }

        var fast = Fast with { Cache = cache, BlockSize = blockSize };
        fast = setting switch
        {
            "fast few steps" => fast with { Steps = 3 },
            "fast threshold" => fast with { Threshold = 0.3 },
            "fast threshold 1" => fast with { Threshold = 1 },
            "fast threshold 0" => fast with { Threshold = 0 },
            "fast factor" => fast with { Factor = 2, Steps = 2 },
            "fast random" => fast with { Remasking = Remasking.Random, Temperature = 0.7, ReferenceRng = true },
            "fast shifted" => fast with { RightShiftLogits = true },
            "fast stochastic" => fast with { StochasticTransfer = true, Steps = 5 },
            _ => fast,
        };
        return (new FastDllmSampler(denoiser ?? _denoiser, fast), fast.Layout);
    }

    private static void Run(ISampler sampler, Canvas canvas)
    {
        foreach (var _ in sampler.Sample(canvas, Cancellation)) { }
    }
}
