using System.Globalization;
using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// MDLM sampling, ours against the original's loop written out in eager TorchSharp (<see cref="LiteralMdlmLoop"/>), with the same random
/// weights, in one process, in turn. In float32 the tokens must be the same.
/// </summary>
public static class SamplerBenchmark
{
    private const int Mask = 50284; // the ids of ModernBERT's tokenizer
    private const int Padding = 50283;

    /// <summary>ModernBERT-base's sizes.</summary>
    private const string Base = """{"model_type": "modernbert"}""";

    /// <summary>
    /// Times both in turn and prints the ratio of the medians, tokens a second and tokens a forward. The ratio of processor times is
    /// printed besides: on a machine that others use too it is the one to trust.
    /// </summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="newTokens">Tokens to write; with the prompt the T of the figures.</param>
    /// <param name="blockSize">Tokens of a block.</param>
    /// <param name="steps">Denoising steps in all.</param>
    /// <param name="bf16">Whether the weights are bfloat16.</param>
    /// <param name="repeats">Timed runs of each, after one that is not.</param>
    /// <returns>How many times faster ours is.</returns>
    public static double Run(
        TextWriter output, int prompt = 64, int newTokens = 128, int blockSize = 32, int steps = 16, bool bf16 = false, int repeats = 2)
    {
        var json = JsonConfig.Parse(Base, "benchmark");
        using var model = Build(json, bf16);
        using var literalModel = Build(json, bf16); // the same weights, in eager products
        model.Products = ProductKind.Packed;
        var options = new MdlmSamplerOptions { Steps = steps, BlockSize = blockSize, SuppressTokens = [Mask] };
        var sampler = new MdlmSampler(model, options);
        int[] tokens = [.. Enumerable.Range(0, prompt).Select(i => 1000 + i * 37)];
        Canvas MakeCanvas() => Canvas.ForCompletion([tokens], newTokens, Mask, Padding);

        var (ours, literal) = (new Timings(), new Timings());
        var (agreeing, forwards) = (0, 0);
        for (var repeat = 0; repeat <= repeats; repeat++)
        {
            var canvas = MakeCanvas();
            forwards = ours.Time(() => sampler.Sample(canvas).Count());
            using var scope = NewDisposeScope();
            var expected = literal.Time(() =>
                LiteralMdlmLoop.Run(new EagerDenoiser(literalModel), MakeCanvas(), infill: false, blockSize, options, keepHistory: false));
            agreeing = expected[^1][0].data<long>().ToArray().Skip(prompt).Zip(canvas.Written(0)).Count(pair => pair.First == pair.Second);
        }

        var (a, b) = (ours.Seconds, literal.Seconds);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"MDLM sampling {(bf16 ? "bf16" : "f32")} T={prompt + newTokens}, blocks of {blockSize}, {forwards} steps: ours {a:0.00} s, "
            + $"literal {b:0.00} s, ratio {b / a:0.00} (of processor times {literal.ProcessorSeconds / ours.ProcessorSeconds:0.00}); "
            + $"ours {newTokens / a:0.0} tokens/s, {newTokens / (double)forwards:0.0} tokens a forward, "
            + $"{agreeing} of {newTokens} tokens the same"));
        return b / a;
    }

    private static Denoiser Build(JsonConfig json, bool bf16)
    {
        var model = ModelFamilies.For(json.ModelType).Build(json, bf16 ? ScalarType.BFloat16 : ScalarType.Float32, CPU);
        using var generator = new Generator(1, CPU);
        model.Initialize(generator);
        model.eval();
        return model;
    }
}
