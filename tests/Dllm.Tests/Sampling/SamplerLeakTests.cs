using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;
using TorchSharp;

namespace Dllm.Tests.Sampling;

/// <summary>A thousand steps of every sampler, whole runs and runs left in the middle: no tensor stays, and none piles up.</summary>
public sealed class SamplerLeakTests
{
    private const int Steps = 1000;
    private const int Mask = 49;
    private const int End = 48;

    public static TheoryData<string> Samplers =>
    [
        "mdlm", "mdlm guided", "bd3lm", "bd3lm guided", "dream", "dream prefix", "dream dual", "fast", "fast prefix", "fast dual",
        "fast refresh", "llada2", "llada21", "rnd1", "ar", "edit-flow",
    ];

    [Theory]
    [MemberData(nameof(Samplers))]
    public void MemoryIsFlat(string name)
    {
        using var denoiser = TinyModels.Build(name switch
        {
            "llada2" or "llada21" => "llada2_moe",
            "ar" => "llama",
            _ => "a2d-qwen3",
        });
        using var edits = new TableEditDenoiser(vocabularySize: 50);
        var (make, layout) = Make(name, denoiser, edits);
        Run(make(), layout, wholly: true); // what is made once is made
        var before = Live();
        long most = 0, mostOfFirst = 0;
        for (int steps = 0, runs = 0; steps < Steps; runs++)
        {
            var (taken, peak) = Run(make(), layout, wholly: runs % 5 != 4);
            steps += taken;
            most = Math.Max(most, peak);
            if (runs == 0) mostOfFirst = peak;
            Assert.Equal(before, Live());
        }

        Assert.Equal(mostOfFirst, most); // what a run holds between two steps, its cache, is as much in every one
    }

    private static (int Steps, long Peak) Run(ISampler sampler, Func<Canvas> canvas, bool wholly)
    {
        var steps = 0;
        var peak = 0L;
        foreach (var step in sampler.Sample(canvas(), TestContext.Current.CancellationToken))
        {
            steps++;
            peak = Math.Max(peak, Live());
            if (!wholly && steps == 7) break;
        }

        return (steps, peak);
    }

    private static (Func<ISampler> Sampler, Func<Canvas> Canvas) Make(string name, Denoiser denoiser, TableEditDenoiser edits)
    {
        var mdlm = new MdlmSamplerOptions { Steps = 40 };
        var bd3lm = new Bd3lmOptions { Steps = 40, BlockSize = 8 };
        var dream = new DreamOptions { Steps = 40, Cache = Cache(name) };
        var fast = new FastDllmOptions { Steps = 40, BlockSize = 8, Cache = Cache(name) };
        var llada2 = new Llada2Options { BlockSize = 8, StepsPerBlock = 8 };
        var llada21 = new Llada21Options { BlockSize = 8, MaxPostSteps = 2 };
        var flow = new EditFlowOptions { Tau = 0.02 };
        return name switch
        {
            "mdlm" => (() => new MdlmSampler(denoiser, mdlm), On(CanvasLayout.Left)),
            "mdlm guided" => (() => new MdlmSampler(denoiser, mdlm with { CfgScale = 1, Temperature = 1 }), On(CanvasLayout.Left)),
            "bd3lm" => (() => new Bd3lmSampler(denoiser, bd3lm), On(bd3lm.Layout)),
            "bd3lm guided" => (() => new Bd3lmSampler(denoiser, bd3lm with { CfgScale = 1, RightShiftLogits = true }), On(bd3lm.Layout)),
            "llada2" => (() => new Llada2Sampler(denoiser, llada2), On(llada2.Layout)),
            "llada21" => (() => new Llada21Sampler(denoiser, llada21), On(llada21.Layout)),
            "rnd1" => (() => new Rnd1Sampler(denoiser, new Rnd1Options { Steps = 40, Greedy = false }), On(CanvasLayout.Left)),
            "ar" => (() => new AutoregressiveSampler(denoiser, new AutoregressiveOptions { Temperature = 1 }), On(CanvasLayout.Right, 50)),
            "edit-flow" => (
                () => new EditFlowSampler(edits, flow, contextLength: 60), () => Canvas.ForEditing([[2], [3, 4]], 8, 2, Mask, End)),
            _ when name.StartsWith("dream", StringComparison.Ordinal) => (() => new DreamSampler(denoiser, dream), On(dream.Layout)),
            _ => (() => new FastDllmSampler(denoiser, fast), On(fast.Layout)),
        };
    }

    private static Func<Canvas> On(CanvasLayout layout, int mask = Mask) =>
        () => Canvas.ForCompletion([[5, 6, 7], [8]], 40, mask, End, layout: layout);

    private static CacheMode Cache(string name) =>
        Enum.GetValues<CacheMode>().FirstOrDefault(mode => name.EndsWith(mode.ToString(), StringComparison.OrdinalIgnoreCase));

    private static long Live() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
