using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;

namespace Dllm.Tests.Sampling;

/// <summary>Padding around a row, which is its neighbours' length, neither predicts nor decides anything, nor is it ever filled.</summary>
public sealed class NeighbourTests : IDisposable
{
    private const int Mask = 49;
    private const int Padding = 47;

    private readonly Denoiser _qwen = TinyModels.Build("a2d-qwen3");
    private readonly Denoiser _mixture = TinyModels.Build("llada2_moe");
    private readonly Denoiser _encoder = TinyModels.Build("modernbert");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _qwen.Dispose();
        _mixture.Dispose();
        _encoder.Dispose();
    }

    // The first token of each text is a mask, which padding stands in front of in a batch.
    [Theory]
    [InlineData("bd3lm")]
    [InlineData("bd3lm uncached")]
    [InlineData("dream")]
    [InlineData("dream, whole masks")]
    [InlineData("fast prefix, whole masks")]
    [InlineData("rnd1")]
    [InlineData("mdlm")]
    public void AFirstTokenIsPredictedByItsOwnRow(string setting)
    {
        var sampler = Make(setting, shifted: true);
        int[][] texts = [[Mask, 5, 6, 7], [Mask, Mask, 8, 9], [1, 2, 3, 4, 5, 6, 7, Mask]];
        var together = Filled(sampler, texts, Layout(setting));
        for (var row = 0; row < texts.Length; row++)
            Assert.Equal(Filled(sampler, [texts[row]], Layout(setting)).Written(0), together.Written(row));
    }

    // Two masks that lead a text share their logits where they are shifted, and so their confidence.
    [Theory]
    [InlineData("dream")]
    [InlineData("rnd1")]
    public void EqualConfidencesAreToldApartByTheRowAlone(string setting)
    {
        var sampler = Make(setting, shifted: true);
        for (var token = 0; token < 20; token++)
        {
            int[] text = [Mask, Mask, token, token + 1, Mask];
            var alone = Filled(sampler, [text], CanvasLayout.Right);
            foreach (var width in (int[])[6, 8, 17])
                Assert.Equal(alone.Written(0), Filled(sampler, [text, [.. Enumerable.Range(0, width - 1), Mask]], CanvasLayout.Right).Written(0));
        }
    }

    [Theory]
    [InlineData(CacheMode.None)]
    [InlineData(CacheMode.Dual)]
    public void DreamAsTheOriginalReadsEncodersToo(CacheMode cache)
    {
        var sampler = new DreamSampler(_encoder, new DreamOptions { Steps = 4, AsOriginal = true, Cache = cache, BlockSize = cache == CacheMode.None ? null : 4 });
        var canvas = Canvas.ForCompletion([[5], [6, 7, 8, 9]], 8, Mask, Padding, layout: CanvasLayout.Right);
        Assert.NotEmpty(sampler.Sample(canvas, Cancellation));
    }

    // Some tokenizers have nothing but the mask to pad with.
    [Theory]
    [InlineData("mdlm")]
    [InlineData("bd3lm")]
    [InlineData("dream")]
    [InlineData("dream early stop")]
    [InlineData("rnd1")]
    [InlineData("fast none")]
    [InlineData("fast dual")]
    [InlineData("fast refresh")]
    [InlineData("fast early stop")]
    [InlineData("llada2")]
    [InlineData("llada21")]
    public void TheMaskMayBeWhatPads(string setting)
    {
        int[][] texts = [[5, Mask, 6], [Mask, 3], [1, 2, Mask, 4, Mask, 6, 7, 8, 9]];
        var sampler = Make(setting);
        foreach (var canvas in (Canvas[])[
            Canvas.ForInfilling(texts, Mask, Mask, layout: Layout(setting)),
            Canvas.ForCompletion([[5], [6, 7, 8]], 8, Mask, Mask, layout: Layout(setting))])
        {
            Assert.InRange(sampler.Sample(canvas, Cancellation).Take(200).Count(), 1, 100);
            Assert.Equal(0, canvas.MasksLeft);
        }
    }

    // A prompt may hold the mask's id; it is text, however often the model would rather write something else there.
    [Theory]
    [InlineData("mdlm")]
    [InlineData("bd3lm")]
    [InlineData("bd3lm uncached")]
    [InlineData("dream")]
    [InlineData("dream early stop")]
    [InlineData("rnd1")]
    [InlineData("fast none")]
    [InlineData("fast dual")]
    [InlineData("fast refresh")]
    [InlineData("fast early stop")]
    [InlineData("llada2")]
    [InlineData("llada21")]
    public void APromptNeverChanges(string setting)
    {
        int[][] prompts = [[5, Mask, 6, Mask], [Mask], [1, 2, Mask]];
        var canvas = setting == "rnd1"
            ? Rnd1Canvas.ForCompletion(prompts, 8, Mask, Padding, Padding)
            : Canvas.ForCompletion(prompts, 8, Mask, Padding, layout: Layout(setting));
        foreach (var step in Make(setting).Sample(canvas, Cancellation))
        {
            Assert.InRange(step.MasksLeft, 0, 36);
            for (var row = 0; row < prompts.Length; row++)
                Assert.Equal(prompts[row], canvas.Tokens(row)[..prompts[row].Length].ToArray());
        }

        Assert.Equal(0, canvas.MasksLeft);
        for (var row = 0; row < prompts.Length; row++)
        {
            Assert.Equal(setting == "rnd1" ? 7 : 8, canvas.Written(row).Length);
            Assert.DoesNotContain(Mask, canvas.Written(row));
        }
    }

    // With a padding id among the tokens of a prompt, such as an end of a turn.
    [Fact]
    public void BlockDiffusionSeesWhatAPromptHolds()
    {
        int[] Answer(int[] prompt, bool asOriginal)
        {
            var sampler = new Bd3lmSampler(_qwen, new Bd3lmOptions { Steps = 8, BlockSize = 4, AsOriginal = asOriginal });
            var canvas = Canvas.ForCompletion([prompt], 8, Mask, Padding, layout: Layout("bd3lm"));
            foreach (var _ in sampler.Sample(canvas, Cancellation)) { }
            return canvas.Written(0);
        }

        int[][] prompts = [.. Enumerable.Range(0, 30).Select(token => (int[])[token, Padding, token + 1, 2, 3])];
        Assert.Contains(prompts, prompt => !Answer(prompt, false).SequenceEqual(Answer(prompt, true)));
    }

    private Canvas Filled(ISampler sampler, int[][] texts, CanvasLayout layout)
    {
        var canvas = Canvas.ForInfilling(texts, Mask, Padding, layout: layout);
        foreach (var _ in sampler.Sample(canvas, Cancellation)) { }
        Assert.Equal(0, canvas.MasksLeft);
        return canvas;
    }

    private static CanvasLayout Layout(string setting) =>
        setting.StartsWith("bd3lm", StringComparison.Ordinal) ? new Bd3lmOptions { BlockSize = 4 }.Layout
        : setting.StartsWith("llada2", StringComparison.Ordinal) ? new Llada2Options { BlockSize = 4 }.Layout
        : setting.StartsWith("fast", StringComparison.Ordinal) ? new FastDllmOptions().Layout
        : setting == "mdlm" ? CanvasLayout.Left : CanvasLayout.Right;

    private ISampler Make(string setting, bool shifted = false)
    {
        int[] ends = [.. Enumerable.Range(0, 40)]; // almost whatever is written
        var bd3lm = new Bd3lmOptions { Steps = 8, BlockSize = 4, RightShiftLogits = shifted };
        var dream = new DreamOptions { Steps = 8, Temperature = 0, Algorithm = DreamAlgorithm.Entropy, RightShiftLogits = shifted };
        var fast = new FastDllmOptions { Steps = 8, BlockSize = 2, RightShiftLogits = shifted };
        return setting switch
        {
            "bd3lm" => new Bd3lmSampler(_qwen, bd3lm),
            "bd3lm uncached" => new Bd3lmSampler(_qwen, bd3lm with { UseCache = false }),
            "dream" => new DreamSampler(_qwen, dream),
            "dream early stop" => new DreamSampler(_qwen, dream with { EosEarlyStop = true, EndTokenIds = ends }),
            "dream, whole masks" => new DreamSampler(_mixture, dream),
            "fast prefix, whole masks" => new FastDllmSampler(_mixture, fast with { BlockSize = 32, Cache = CacheMode.Prefix }),
            "fast none" => new FastDllmSampler(_qwen, fast),
            "fast dual" => new FastDllmSampler(_qwen, fast with { Cache = CacheMode.Dual }),
            "fast refresh" => new FastDllmSampler(_qwen, fast with { Cache = CacheMode.Refresh }),
            "fast early stop" => new FastDllmSampler(_qwen, fast with { EosEarlyStop = true, EndTokenIds = ends }),
            "rnd1" => new Rnd1Sampler(_qwen, new Rnd1Options { Steps = 8, Greedy = true }),
            "mdlm" => new MdlmSampler(_qwen, new MdlmSamplerOptions { Steps = 8, BlockSize = 2, RightShiftLogits = shifted }),
            "llada2" => new Llada2Sampler(_mixture, new Llada2Options { BlockSize = 4, StepsPerBlock = 4 }),
            "llada21" => new Llada21Sampler(_mixture, new Llada21Options { BlockSize = 4 }),
            _ => throw new ArgumentOutOfRangeException(nameof(setting), setting, null),
        };
    }
}
