using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

/// <summary>
/// Models with heads as wide as the published ones': where a gradient is asked for, libtorch computes everything; without one the kernels do. Both
/// give the same, with padding, windows, heads that share keys, and caches.
/// </summary>
public sealed class KernelForwardTests : IDisposable
{
    private const int Tokens = 60;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("modernbert")]
    [InlineData("bert")]
    [InlineData("llada")]
    [InlineData("a2d-llama")]
    [InlineData("a2d-qwen3")]
    [InlineData("qwen3")]
    public void WithAndWithoutThemTheLogitsAreTheSame(string type)
    {
        using var model = Wide(type);
        var ids = TinyModels.Ids(2, Tokens);
        var padding = ones(2, Tokens, ScalarType.Int64);
        padding[0, 50..] = 0;
        foreach (var input in (DenoiserInput[])[new(ids), new(ids, padding), new(ids, padding, LogitPositions: arange(3, 40, 5, ScalarType.Int64))])
            Close(ByLibtorch(model, input), ByKernels(model, input), input.LogitPositions is null ? 50 : null);
    }

    // A block in the middle of columns that a cache holds: queries stand behind keys and in front of others.
    [Theory]
    [InlineData("modernbert")]
    [InlineData("llada")]
    [InlineData("a2d-qwen3")]
    public void InTheMiddleOfACacheToo(string type)
    {
        using var model = Wide(type);
        var ids = TinyModels.Ids(1, Tokens);
        Tensor Block(Func<Denoiser, DenoiserInput, Tensor> forward)
        {
            using var cache = new KvCache(Tokens);
            forward(model, new DenoiserInput(ids, Cache: cache)).Dispose();
            (cache.Write, cache.ReplaceStart) = (CacheWrite.Replace, 20);
            return forward(model, new DenoiserInput(ids.narrow(1, 20, 16), Cache: cache));
        }

        Close(Block(ByLibtorch), Block(ByKernels), null);
    }

    private static Tensor ByLibtorch(Denoiser model, DenoiserInput input)
    {
        using var gradients = enable_grad();
        return model.Forward(input).detach();
    }

    private static Tensor ByKernels(Denoiser model, DenoiserInput input)
    {
        using var noGradients = no_grad();
        return model.Forward(input);
    }

    // Padding, behind the real tokens of the first row, predicts what it will.
    private static void Close(Tensor expected, Tensor actual, int? realOfFirst)
    {
        Assert.Equal(expected.shape, actual.shape);
        var error = (expected - actual).abs() / expected.abs().max();
        if (realOfFirst is { } real) error = cat([error[0].narrow(0, 0, real), error[1]], 0);
        Assert.InRange(error.max().ToDouble(), 0, 1e-4);
    }

    private static Denoiser Wide(string type)
    {
        var config = JsonConfig.Parse(TinyModels.Config(type), "config.json").With("hidden_size", 128).With("d_model", 128)
            .With("num_attention_heads", 2).With("num_key_value_heads", type == "llada" ? 2 : 1).With("n_heads", 2).With("n_kv_heads", 1)
            .With("head_dim", 64).With("max_position_embeddings", 64).With("initializer_range", 0.1).With("init_std", 0.1);
        var model = (Denoiser)ModelFamilies.For(type).Build(config, ScalarType.Float32, CPU);
        using var generator = new Generator(5);
        model.Initialize(generator);
        model.eval();
        return model;
    }
}
