using System.Diagnostics;
using System.Globalization;
using Dllm.Layers;
using Dllm.Models;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// Milliseconds a denoising step of a checkpoint on a canvas of 256 tokens, temperature 0: what other programs print for the same weights.
/// Dream layouts by Dream's sampler with entropy, others by MDLM's in one block; and a forward with the logits of every token besides.
/// </summary>
public static class StepBenchmark
{
    private const int Tokens = 256;
    private const int Prompt = 8;
    private const int Steps = 8;

    /// <summary>Prints a line a type.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="types">The types to compute in, with commas: f32, bf16, int8 (with activations in bfloat16).</param>
    /// <param name="repeats">Timed runs, after one that is not; the median counts.</param>
    public static void Run(TextWriter output, string folder, string types = "f32,bf16", int repeats = 3)
    {
        foreach (string type in types.Split(','))
        {
            using var model = PretrainedModel.Load(folder, type == "f32" ? ScalarType.Float32 : ScalarType.BFloat16);
            var denoiser = model.Denoiser;
            denoiser.eval();
            denoiser.Products = type == "int8" ? ProductKind.Int8 : ProductKind.Packed;
            int mask = denoiser.VocabularySize - 1; // random weights: any id will do
            bool isDream = model.Config.ModelType == "dream";
            ISampler sampler = isDream
                ? new DreamSampler(denoiser, new DreamOptions { Steps = Steps, MaxNewTokens = Tokens - Prompt, Algorithm = DreamAlgorithm.Entropy, Temperature = 0 })
                : new MdlmSampler(denoiser, new MdlmSamplerOptions { Steps = Steps, MaxNewTokens = Tokens - Prompt, BlockSize = Tokens - Prompt });
            int[] prompt = [.. Enumerable.Range(100, Prompt)];
            Canvas MakeCanvas() => Canvas.ForCompletion(
                [prompt], Tokens - Prompt, mask, mask - 1, layout: isDream ? CanvasLayout.Right : CanvasLayout.Left);
            var (sampling, forward) = (new List<double>(), new List<double>());
            for (var repeat = 0; repeat <= repeats; repeat++)
            {
                var steps = 0;
                double run = Time(() => steps = sampler.Sample(MakeCanvas()).Count());
                sampling.Add(run / steps);
                forward.Add(Time(() => Infer(denoiser)));
            }

            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))} {type}, {get_num_threads()} threads, {Tokens} tokens, {Steps} steps: "
                + $"{Median(sampling):0} ms a step, a forward with all logits {Median(forward):0} ms"));
        }
    }

    private static void Infer(Denoiser denoiser)
    {
        using var noGradients = no_grad();
        using var ids = arange(100, 100 + Tokens, ScalarType.Int64).unsqueeze(0);
        using var logits = denoiser.Forward(new DenoiserInput(ids));
    }

    private static double Time(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static double Median(List<double> times)
    {
        var sorted = times.Skip(1).Order().ToArray(); // the first warms up
        return sorted[sorted.Length / 2];
    }
}
