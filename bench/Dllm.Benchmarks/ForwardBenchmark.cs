using System.Diagnostics;
using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// A ModernBERT's forward over 256 tokens: what asking for the logits of 32 positions saves against all of them, in inference and in
/// training, and how near the whole comes to the machine's own matrix products. The ways take turns; the best of each counts.
/// </summary>
public static class ForwardBenchmark
{
    private const int Tokens = 256;
    private const int Asked = 32;

    /// <summary>Prints a line a measurement.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="layers">Layers; 22 is the published base model.</param>
    /// <param name="width">Width; 768 is the published base model.</param>
    /// <param name="vocabulary">Tokens; 50,368 in the published base model.</param>
    /// <param name="rounds">How often each way has its turn.</param>
    /// <param name="dtype">The type to compute in.</param>
    public static void Run(
        TextWriter output, int layers = 22, int width = 768, int vocabulary = 50368, int rounds = 5, ScalarType dtype = ScalarType.Float32)
    {
        var inner = width * 3 / 2;
        var json = JsonConfig.Parse(
            $$"""
            {"model_type":"modernbert","vocab_size":{{vocabulary}},"hidden_size":{{width}},"intermediate_size":{{inner}},
             "num_hidden_layers":{{layers}},"num_attention_heads":{{width / 64}}}
            """,
            "benchmark");
        using var model = ModelFamilies.For("modernbert").Build(json, dtype, CPU);
        using var generator = new Generator(1);
        model.Initialize(generator);
        using var ids = randint(0, vocabulary, [1, Tokens], ScalarType.Int64, generator: generator);
        using var rows = arange(0, Tokens, Tokens / Asked); // spread over the canvas
        var all = new DenoiserInput(ids);
        var some = all with { LogitPositions = rows };

        double body = 2.0 * Tokens * layers * (4.0 * width * width + 3.0 * width * inner) + 4.0 * Tokens * Tokens * width * layers;
        double head = 2.0 * Tokens * (1.0 * width * width + 1.0 * width * vocabulary);
        output.WriteLine($"ModernBERT {layers} × {width}, vocabulary {vocabulary}, {Tokens} tokens, {dtype}, {get_num_threads()} threads");
        var (full, chosen) = Alternate(rounds, () => Infer(model, all), () => Infer(model, some));
        output.WriteLine($"inference: all logits {full:F1} ms, {Asked} rows {chosen:F1} ms, ratio {full / chosen:F2}");
        var (trainFull, trainChosen) = Alternate(rounds, () => Train(model, all, rows), () => Train(model, some, null));
        output.WriteLine($"training:  all logits {trainFull:F1} ms, {Asked} rows {trainChosen:F1} ms, ratio {trainFull / trainChosen:F2}");
        using var packed = ModelFamilies.For("modernbert").Build(json, dtype, CPU);
        packed.load_state_dict(model.state_dict());
        packed.eval();
        packed.Products = ProductKind.Packed;
        (full, double fast) = Alternate(rounds, () => Infer(model, all), () => Infer(packed, all));
        (chosen, double fastChosen) = Alternate(rounds, () => Infer(model, some), () => Infer(packed, some));
        output.WriteLine($"packed weights: all logits {full:F1} → {fast:F1} ms, ratio {full / fast:F2}; {Asked} rows {chosen:F1} → {fastChosen:F1} ms, ratio {chosen / fastChosen:F2}");
        double reached = (body + head) / 1e6 / fast;
        var (hot, streamed) = (ProductGigaflops(width, inner, 1, 20 * rounds, dtype), ProductGigaflops(width, inner, layers, rounds, dtype));
        output.WriteLine(
            $"matrix products: forward {reached:F0} GFLOP/s; the body's products alone {streamed:F0} ({reached / streamed:P0}), "
            + $"one layer's over and over, from the processor's caches, {hot:F0} ({reached / hot:P0})");
    }

    private static void Infer(Denoiser model, DenoiserInput input)
    {
        using var noGrad = no_grad();
        using var logits = model.Forward(input);
    }

    private static void Train(Denoiser model, DenoiserInput input, Tensor? rows)
    {
        using var scope = NewDisposeScope();
        var logits = model.Forward(input);
        if (rows is not null) logits = logits.flatten(0, 1).index_select(0, rows); // what a loss on masked tokens reads
        logits.logsumexp(-1).mean().backward();
        model.zero_grad();
    }

    private static (double First, double Second) Alternate(int rounds, Action first, Action second)
    {
        var (a, b) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round <= rounds; round++) // the first round warms up: its times are worse, and only the best count
            (a, b) = (Math.Min(a, Time(first)), Math.Min(b, Time(second)));
        return (a, b);
    }

    private static double Time(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>
    /// The speed of the products of so many layers, one after another with nothing between them: plain or packed, the faster of each.
    /// </summary>
    private static double ProductGigaflops(int width, int inner, int layers, int rounds, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double flops = 0, milliseconds = 0;
        foreach (var (i, o) in ((int In, int Out)[])[(width, 3 * width), (width, width), (width, 2 * inner), (inner, width)])
        {
            var input = randn(Tokens, i).to_type(dtype);
            Linear[] plain = [.. Enumerable.Range(0, layers).Select(_ => Product(i, o, packs: false, dtype))];
            Linear[] packed = [.. Enumerable.Range(0, layers).Select(_ => Product(i, o, packs: true, dtype))];
            var (first, second) = Alternate(rounds, () => Multiply(plain, input), () => Multiply(packed, input));
            milliseconds += Math.Min(first, second);
            flops += 2.0 * Tokens * i * o * layers;
            foreach (var product in plain.Concat(packed)) product.Dispose();
        }

        return flops / 1e6 / milliseconds;
    }

    private static Linear Product(int inputs, int outputs, bool packs, ScalarType dtype)
    {
        var product = new Linear(inputs, outputs, bias: false, dtype, CPU);
        product.Weight.copy_(randn(outputs, inputs));
        ((IMultiplies)product).Products = packs ? ProductKind.Packed : ProductKind.Plain;
        return product;
    }

    private static void Multiply(Linear[] products, Tensor input)
    {
        foreach (var product in products) product.Forward(input).Dispose();
    }
}
