using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;

namespace Dllm.Tests.Sampling;

/// <summary>
/// LLaDA2 sees all of a text without padding, and only what is in front of a token beside padding or a cache, unless a mask says otherwise:
/// samplers that read whole texts say so, and a row is written as alone.
/// </summary>
public sealed class WholeMaskTests : IDisposable
{
    private const int Mask = 49;
    private const int Padding = 48;
    private static readonly int[][] Prompts = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14]];

    private readonly Denoiser _denoiser = TinyModels.Build("llada2_moe");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _denoiser.Dispose();

    [Theory]
    [InlineData("mdlm")]
    [InlineData("mdlm guided")]
    [InlineData("rnd1")]
    [InlineData("dream")]
    [InlineData("fast none")]
    [InlineData("fast prefix")]
    [InlineData("fast dual")]
    public void ARowIsWrittenTheSameAloneAndInABatch(string setting)
    {
        var (sampler, layout) = Make(setting);
        var together = Canvas.ForCompletion(Prompts, 8, Mask, Padding, layout: layout);
        foreach (var _ in sampler.Sample(together, Cancellation)) { }
        for (var row = 0; row < Prompts.Length; row++)
        {
            var alone = Canvas.ForCompletion([Prompts[row]], 8, Mask, Padding, layout: layout);
            foreach (var _ in sampler.Sample(alone, Cancellation)) { }
            Assert.Equal(alone.Written(0), together.Written(row));
        }
    }

    [Fact]
    public void CachesAreExactWhereTheBlockIsAll()
    {
        var texts = new[] { "fast none", "fast prefix", "fast dual" }.Select(setting =>
        {
            var (sampler, layout) = Make(setting, blockSize: 8);
            var canvas = Canvas.ForCompletion([[]], 8, Mask, Padding, layout: layout);
            foreach (var _ in sampler.Sample(canvas, Cancellation)) { }
            return string.Join(' ', canvas.Written(0));
        });
        Assert.Single(texts.Distinct());
    }

    private (ISampler Sampler, CanvasLayout Layout) Make(string setting, int blockSize = 4)
    {
        var mdlm = new MdlmSamplerOptions { Steps = 8, BlockSize = blockSize };
        var dream = new DreamOptions { Steps = 8, Temperature = 0, Algorithm = DreamAlgorithm.MaskGitPlus, RightShiftLogits = false };
        var fast = new FastDllmOptions { Steps = 8, BlockSize = blockSize };
        fast = fast with { Cache = setting switch { "fast prefix" => CacheMode.Prefix, "fast dual" => CacheMode.Dual, _ => CacheMode.None } };
        return setting switch
        {
            "mdlm" => (new MdlmSampler(_denoiser, mdlm), CanvasLayout.Left),
            "mdlm guided" => (new MdlmSampler(_denoiser, mdlm with { CfgScale = 1 }), CanvasLayout.Left),
            "rnd1" => (new Rnd1Sampler(_denoiser, new Rnd1Options { Steps = 8 }), CanvasLayout.Left),
            "dream" => (new DreamSampler(_denoiser, dream), dream.Layout),
            _ => (new FastDllmSampler(_denoiser, fast), fast.Layout),
        };
    }
}
