using System.Globalization;
using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// Continuous batching: requests of unequal prompts and answers through one <see cref="DenoisingBatch"/>, against the
/// same one after the other. Random weights, float32, temperature 0.
/// </summary>
public static class BatchBenchmark
{
    private const int Mask = 4;
    private const int Padding = 0;
    private const int Requests = 24;

    private static readonly MdlmSamplerOptions Plain = new() { BlockSize = 32, SuppressTokens = [Mask] };

    /// <summary>Prints a line a model and a number of places.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="repeats">Timed runs of each way, after one that is not.</param>
    public static void Run(TextWriter output, int repeats = 2)
    {
        Compare(output, "ModernBERT 4 × 128 (the quickstart's kind)", 512, 128, 4, repeats);
        Compare(output, "ModernBERT 8 × 512", 8192, 512, 8, repeats);
    }

    private static void Compare(TextWriter output, string title, int vocabulary, int width, int layers, int repeats)
    {
        var json = JsonConfig.Parse(
            $$"""
            {"model_type": "modernbert", "vocab_size": {{vocabulary}}, "hidden_size": {{width}}, "intermediate_size": {{width * 3 / 2}},
             "num_hidden_layers": {{layers}}, "num_attention_heads": {{width / 64}}, "pad_token_id": 0, "cls_token_id": 1, "sep_token_id": 2,
             "bos_token_id": 1, "eos_token_id": 2}
            """,
            "benchmark");
        using var model = (Denoiser)ModelFamilies.For("modernbert").Build(json, ScalarType.Float32, CPU);
        using var generator = new Generator(1, CPU);
        model.Initialize(generator);
        model.eval();
        model.Products = ProductKind.Packed;

        var (alone, tokens) = (new Timings(), 0);
        int[][] expected = [];
        for (var repeat = 0; repeat <= repeats; repeat++) expected = alone.Time(() => OneByOne(model));
        tokens = expected.Sum(row => row.Length);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title}: {Requests} requests, {tokens} tokens, one by one {alone.Seconds:0.00} s, {tokens / alone.Seconds:0} tokens/s"));
        foreach (int places in (int[])[4, 8, 24])
        {
            var together = new Timings();
            int[][] result = [];
            for (var repeat = 0; repeat <= repeats; repeat++) result = together.Time(() => Together(model, places));
            int same = result.Zip(expected).Sum(pair => pair.First.Zip(pair.Second).Count(token => token.First == token.Second));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {places} places: {together.Seconds:0.00} s, ratio {alone.Seconds / together.Seconds:0.00} "
                + $"({alone.ProcessorSeconds / together.ProcessorSeconds:0.00} of processor times), {same} of {tokens} tokens the same"));
        }
    }

    private static int[][] OneByOne(Denoiser model) =>
        [.. Enumerable.Range(0, Requests).Select(request =>
        {
            var (canvas, options) = Ask(request);
            _ = new MdlmSampler(model, options).Sample(canvas).Count();
            return canvas.Written(0);
        })];

    private static int[][] Together(Denoiser model, int places)
    {
        using var batch = new DenoisingBatch(model, places);
        var canvases = Enumerable.Range(0, Requests).Select(request =>
        {
            var (canvas, options) = Ask(request);
            batch.Add(canvas, options);
            return canvas;
        }).ToArray();
        while (batch.Active > 0) batch.Step();
        return [.. canvases.Select(canvas => canvas.Written(0))];
    }

    /// <summary>Prompts of 4 to 64 tokens, answers of 16 to 96, in steps of two tokens.</summary>
    private static (Canvas Canvas, MdlmSamplerOptions Options) Ask(int request)
    {
        int prompt = 4 + request * 37 % 61;
        int answer = 16 * (1 + request * 5 % 6);
        int[] tokens = [.. Enumerable.Range(0, prompt).Select(i => 5 + (i * 37 + request) % 500)];
        return (Canvas.ForCompletion([tokens], answer, Mask, Padding), Plain with { Steps = answer / 2, BlockSize = Math.Min(32, answer) });
    }
}
