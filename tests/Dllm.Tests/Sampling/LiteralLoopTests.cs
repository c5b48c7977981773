using Dllm.Benchmarks;
using Dllm.Diffusion;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

/// <summary>The sampler commits the same tokens in the same steps as a literal translation of the original's loop.</summary>
public class LiteralLoopTests
{
    private const int Mask = 22;
    private const int Padding = 21;

    public static TheoryData<string> Settings() =>
    [
        "greedy", "greedy few steps", "greedy blocks", "greedy one-token blocks", "uneven blocks", "more steps than tokens", "one step",
        "cosine", "guided", "guided keep", "suppressed", "begin-suppressed", "shifted", "random", "temperature", "temperature random",
        "stochastic blocks", "everything", "predicts masks", "ties",
    ];

    [Theory]
    [MemberData(nameof(Settings))]
    public void CompletionIsTheSame(string setting) => Compare(setting, infill: false);

    [Theory]
    [MemberData(nameof(Settings))]
    public void InfillingIsTheSame(string setting) => Compare(setting, infill: true);

    private static void Compare(string setting, bool infill)
    {
        var options = Options(setting);
        // Very sharp tables make probabilities of exactly 1, several in a row; a denoiser that may predict masks does so here and there.
        using var denoiser = new TableDenoiser(sharpness: setting == "ties" ? 400 : 3);
        for (var seed = 0; seed < 4; seed++)
        {
            using var scope = NewDisposeScope();
            var canvas = infill ? InfillingCanvas(seed) : CompletionCanvas(seed);
            var first = canvas.Copy();
            var expected = LiteralMdlmLoop.Run(
                denoiser, canvas, infill, options.BlockSizeFor(canvas), options with { Seed = seed }, keepHistory: true);
            options = options with { Seed = seed, ReferenceRng = true, AsOriginal = true };
            var steps = new MdlmSampler(denoiser, options).Sample(canvas).ToList();

            Assert.Equal(expected.Count - 1, steps.Count);
            for (var i = 0; i < expected.Count; i++)
            {
                if (i > 0) first.Apply(steps[i - 1]);
                Assert.Equal(expected[i].data<long>().ToArray(), Ids(first));
            }

            Assert.Equal(Ids(first), Ids(canvas));
        }
    }

    private static MdlmSamplerOptions Options(string setting)
    {
        var options = new MdlmSamplerOptions { Steps = 12 };
        if (setting != "predicts masks") options = options with { SuppressTokens = [Mask] };
        return setting switch
        {
            "greedy few steps" => options with { Steps = 4 },
            "greedy blocks" or "predicts masks" => options with { BlockSize = 4 },
            "greedy one-token blocks" => options with { BlockSize = 1 },
            "uneven blocks" => options with { BlockSize = 5, Steps = 7 },
            "more steps than tokens" => options with { Steps = 100 },
            "one step" => options with { Steps = 1 },
            "cosine" => options with { Noise = NoiseSchedule.Cosine, BlockSize = 6 },
            "guided" => options with { CfgScale = 1.5 },
            "guided keep" => options with { CfgScale = 0.5, CfgKeepTokens = [3, 4, 5] },
            "suppressed" => options with { SuppressTokens = [1, 2, 3, 8, Mask] },
            "begin-suppressed" => options with { BeginSuppressTokens = [5, 6, 7, 9], BlockSize = 6 },
            "shifted" => options with { RightShiftLogits = true, CfgScale = 0.7 },
            "random" => options with { Remasking = Remasking.Random, BlockSize = 6 },
            "temperature" => options with { Temperature = 0.7, BlockSize = 6 },
            "temperature random" => options with { Temperature = 1.3, Remasking = Remasking.Random },
            "stochastic blocks" => options with { StochasticTransfer = true, BlockSize = 6 },
            "everything" => options with
            {
                Temperature = 1,
                Remasking = Remasking.Random,
                StochasticTransfer = true,
                BlockSize = 5,
                CfgScale = 0.5,
                BeginSuppressTokens = [4],
                RightShiftLogits = true,
                Noise = NoiseSchedule.Cosine,
            },
            _ => options,
        };
    }

    private static Canvas CompletionCanvas(int seed) =>
        Canvas.ForCompletion([Prompt(seed, 3), Prompt(seed + 7, 8), Prompt(seed + 9, 1)], 12, Mask, Padding);

    private static Canvas InfillingCanvas(int seed)
    {
        int[] row = Prompt(seed, 17), shorter = Prompt(seed + 3, 11);
        foreach (var i in new[] { 1, 2, 3, 5, 8, 9, 10, 14, 16 }) row[i] = Mask;
        foreach (var i in new[] { 0, 4, 9, 10 }) shorter[i] = Mask;
        return Canvas.ForInfilling([row, shorter, Prompt(seed, 4)], Mask, Padding);
    }

    private static int[] Prompt(int seed, int length) => [.. Enumerable.Range(0, length).Select(i => (seed * 7 + i * i * 3 + i) % 21)];

    private static long[] Ids(Canvas canvas) =>
        [.. Enumerable.Range(0, canvas.Rows).SelectMany(row => canvas.Row(row).ToArray()).Select(id => (long)id)];
}
