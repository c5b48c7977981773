using System.Globalization;
using Dllm.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// A sparse layer at the sizes of LLaDA-MoE (64 experts, 8 a token): ours, which puts the tokens in order of their expert, against the
/// usual loop that looks for each expert's tokens in a mask, and against the bare matrix products that the chosen experts need.
/// </summary>
public static class MixtureBenchmark
{
    private const int Width = 2048;
    private const int InnerWidth = 1024;
    private const int Experts = 64;
    private const int Chosen = 8;

    /// <summary>Prints a line a number of tokens.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="repeats">Timed runs of each way, after one that is not.</param>
    public static void Run(TextWriter output, int repeats = 7)
    {
        using var generator = new Generator(1, CPU);
        using var experts = MixtureOfExperts.Build(
            new MixtureShape { Width = Width, InnerWidth = InnerWidth, Experts = Experts, PerToken = Chosen, Activation = Activation.Silu }, ScalarType.Float32, CPU);
        using (no_grad())
        {
            foreach (var weight in experts.parameters()) weight.normal_(0, 0.02, generator);
        }

        output.WriteLine($"Mixture of {Experts} experts, {Chosen} a token, {Width} × {InnerWidth}, float32, {get_num_threads()} threads");
        foreach (int tokens in (int[])[1, 32, 256, 1024]) Compare(output, experts, tokens, repeats, generator);
    }

    private static void Compare(TextWriter output, ModuleList<GatedMlp> experts, int tokens, int repeats, Generator generator)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var hidden = randn([tokens, Width], generator: generator);
        var (weights, chosen) = rand([tokens, Experts], generator: generator).softmax(-1).topk(Chosen, -1); // [N, k]
        var routing = new ExpertRouting(chosen, weights);
        var (ours, loop, products) = (new Timings(), new Timings(), new Timings());
        double difference = 0;
        for (var repeat = 0; repeat <= repeats; repeat++)
        {
            using var inner = NewDisposeScope();
            var grouped = ours.Time(() => MixtureOfExperts.Apply(hidden, routing, experts));
            var literal = loop.Time(() => Literal(hidden, routing, experts));
            products.Time(() => Products(hidden, routing, experts));
            difference = Math.Max(difference, (grouped - literal).abs().max().item<float>());
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{tokens} tokens: ours {ours.Seconds * 1e3:0.0} ms, loop with masks {loop.Seconds * 1e3:0.0} ms, ratio {loop.Seconds / ours.Seconds:0.00}; "
            + $"the experts' own products {products.Seconds * 1e3:0.0} ms, {products.Seconds / ours.Seconds:P0} of ours; largest difference {difference:0.0e+0}"));
    }

    /// <summary>Every expert, asked whether it has tokens; its output is added to theirs.</summary>
    private static Tensor Literal(Tensor hidden, ExpertRouting routing, ModuleList<GatedMlp> experts)
    {
        using var scope = NewDisposeScope();
        var result = zeros_like(hidden);
        var mask = nn.functional.one_hot(routing.Experts, Experts).permute(2, 1, 0); // [E, k, N]
        for (var e = 0; e < Experts; e++)
        {
            var places = mask[e].nonzero(); // [n, 2]
            var (choice, token) = (places.select(1, 0), places.select(1, 1));
            var rows = experts[e].Forward(hidden.index_select(0, token)) * routing.Weights[token, choice].unsqueeze(-1); // [n, D]
            result.index_add_(0, token, rows, 1);
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>What no arrangement can leave out: each used expert once, on as many rows as chose it, already in place.</summary>
    private static bool Products(Tensor hidden, ExpertRouting routing, ModuleList<GatedMlp> experts)
    {
        using var scope = NewDisposeScope();
        var counts = routing.Experts.flatten().bincount(null, Experts).data<long>().ToArray();
        for (var e = 0; e < Experts; e++)
            if (counts[e] > 0) experts[e].Forward(hidden.narrow(0, 0, counts[e]));
        return true;
    }
}
