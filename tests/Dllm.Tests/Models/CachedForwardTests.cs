using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

/// <summary>What must hold of any decoder's forward with a cache and with masks of four dimensions, whatever its weights.</summary>
public class CachedForwardTests
{
    private const float Tolerance = 2e-4f;

    public static TheoryData<string> Decoders =>
        ["llada", "Dream", "a2d-llama", "a2d-qwen2", "a2d-qwen3", "a2d-gpt2", "llama", "qwen2", "qwen3", "gpt2"];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void BlocksOneByOneAreTheBlockCausalForward(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        using var cache = new KvCache();
        var ids = TinyModels.Ids(2, 12);
        var blocks = arange(12).div(4, RoundingMode.floor);
        var mask = blocks.unsqueeze(0).le(blocks.unsqueeze(1)).unsqueeze(0).unsqueeze(0); // [1, 1, T, T]
        var whole = model.Forward(new DenoiserInput(ids, mask));
        for (var start = 0; start < 12; start += 4)
        {
            var (block, rows) = (ids.narrow(1, start, 4), mask.narrow(2, start, 4).narrow(3, 0, start + 4));
            cache.Write = CacheWrite.Discard; // noise first, as while a block is denoised: the cache must not remember it
            model.Forward(new DenoiserInput(TinyModels.Ids(2, 4, seed: 9), rows, Cache: cache));
            cache.Write = CacheWrite.Append;
            Close(whole.narrow(1, start, 4), model.Forward(new DenoiserInput(block, rows, Cache: cache)));
        }

        Assert.Equal(12, cache.Length);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void AnAdditiveMaskIsAsABooleanOne(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        var ids = TinyModels.Ids(2, 8);
        var mask = ones(8, 8, ScalarType.Bool).tril(2).unsqueeze(0).unsqueeze(0);
        var additive = zeros(1, 1, 8, 8).masked_fill(mask.logical_not(), double.NegativeInfinity);
        Close(model.Forward(new DenoiserInput(ids, mask)), model.Forward(new DenoiserInput(ids, additive)), 0);
        Assert.Throws<ArgumentException>(() => model.Forward(new DenoiserInput(ids, mask.narrow(3, 0, 7))));
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void AQueryThatSeesNothingIsFiniteAndTrains(string type)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Build(type);
        var ids = TinyModels.Ids(1, 6);
        var mask = ones(1, 1, 6, 6, ScalarType.Bool);
        mask[0, 0, 2] = zeros(6, ScalarType.Bool);
        var logits = model.Forward(new DenoiserInput(ids, mask));
        Assert.True(logits.isfinite().all().item<bool>());
        logits.square().sum().backward();
        Assert.All(model.named_parameters(), item => Assert.True(item.parameter.grad!.isfinite().all().item<bool>(), item.name));
    }

    [Fact]
    public void AQueryThatSeesNothingGathersNothing()
    {
        using var scope = NewDisposeScope();
        var (query, key) = (randn(1, 2, 3, 4), randn(1, 2, 5, 4));
        var seen = ones(1, 1, 3, 5, ScalarType.Bool);
        seen[0, 0, 1] = zeros(5, ScalarType.Bool);
        var mask = AttentionMasks.Additive(seen, ScalarType.Float32);
        var gathered = Attention.AttendHeads(query, key, key, 0, new AttentionContext(null, mask, null)); // [1, 3, 8]
        Assert.Equal(0, gathered[0, 1].abs().max().item<float>());
        Assert.True(gathered[0, 0].abs().max().item<float>() > 0);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void PaddingInTheCacheIsNotSeen(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        var ids = TinyModels.Ids(1, 7);
        using var plain = new KvCache();
        using var padded = new KvCache();
        model.Forward(new DenoiserInput(ids.narrow(1, 0, 4), Cache: plain));
        var expected = model.Forward(new DenoiserInput(ids.narrow(1, 4, 3), Cache: plain));
        var mask = ones(1, 7 + 3, ScalarType.Int64);
        mask.narrow(1, 0, 3).fill_(0);
        var places = (arange(10) - 3).clamp(0).unsqueeze(0);
        model.Forward(new DenoiserInput(
            cat([TinyModels.Ids(1, 3, seed: 5), ids.narrow(1, 0, 4)], 1), mask.narrow(1, 0, 7), places.narrow(1, 0, 7), Cache: padded));
        var actual = model.Forward(new DenoiserInput(ids.narrow(1, 4, 3), mask, places.narrow(1, 7, 3), Cache: padded));
        Close(expected, actual);
    }

    [Fact]
    public void AWindowHidesWhatIsFartherBackInLayersBehindTheFirst()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var json = JsonConfig.Parse(TinyModels.Config("qwen2"), "config.json").With("num_hidden_layers", 1);
        using var model = Sliding(firstWindowed: 0);
        using var whole = Sliding(firstWindowed: 1);
        var ids = TinyModels.Ids(1, 9);
        var logits = model.Forward(new DenoiserInput(ids));
        var columns = arange(9);
        var distance = columns.unsqueeze(1) - columns; // [T, T]
        var window = distance.ge(0).logical_and(distance.lt(3)).unsqueeze(0).unsqueeze(0);
        Close(whole.Forward(new DenoiserInput(ids, window)), logits);
        using var cache = new KvCache();
        model.Forward(new DenoiserInput(ids.narrow(1, 0, 8), Cache: cache));
        Close(logits.narrow(1, 8, 1), model.Forward(new DenoiserInput(ids.narrow(1, 8, 1), Cache: cache)));

        Denoiser Sliding(int firstWindowed)
        {
            var config = json.With("use_sliding_window", true).With("sliding_window", 3).With("max_window_layers", firstWindowed);
            var built = ModelFamilies.For("qwen2").Build(config, ScalarType.Float32, CPU);
            using var generator = new Generator(3);
            built.Initialize(generator);
            built.eval();
            return built;
        }
    }

    /// <summary>
    /// What Fast-dLLM's caches rest on: a window read beside what is kept of the rest is as it was in the whole, whatever lies where; with
    /// padding at the end of one row, and longer than ModernBERT's local attention reaches.
    /// </summary>
    [Theory]
    [InlineData("modernbert")]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("llada")]
    [InlineData("a2d-qwen3")]
    public void AWindowBesideWhatIsKeptIsAsInTheWhole(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        const int width = 24;
        var ids = TinyModels.Ids(2, width);
        var mask = ones(2, width, ScalarType.Int64);
        mask[1, 20..] = zeros(4, ScalarType.Int64);
        var positions = (arange(width) + model.FirstPosition).expand(2, width);
        foreach (var given in new[] { positions, null })
        {
            var whole = model.Forward(new DenoiserInput(ids, mask, given));
            foreach (var (start, count) in new[] { (0, 4), (9, 1), (9, 6), (12, 8) })
            {
                using var cache = new KvCache(width);
                Close(whole, model.Forward(new DenoiserInput(ids, mask, given, Cache: cache)), 0);
                (cache.Write, cache.ReplaceStart) = (CacheWrite.Replace, start);
                var window = new DenoiserInput(ids.narrow(1, start, count), mask, given?.narrow(1, start, count), Cache: cache);
                Close(whole.narrow(1, start, count), model.Forward(window));
                (cache.Write, cache.ReplaceStart) = (CacheWrite.Discard, 0);
                cache.Trim(start);
                var rest = new DenoiserInput(ids.narrow(1, start, width - start), mask, given?.narrow(1, start, width - start), Cache: cache);
                Close(whole.narrow(1, start, 20 - start), model.Forward(rest).narrow(1, 0, 20 - start));
            }
        }
    }

    [Theory]
    [InlineData("modernbert")]
    [InlineData("bert")]
    public void AnEncodersMaskIsOfAllThatIsSeen(string type)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Build(type);
        using var cache = new KvCache();
        model.Forward(new DenoiserInput(TinyModels.Ids(1, 4), Cache: cache));
        Assert.Throws<ArgumentException>(() => model.Forward(new DenoiserInput(TinyModels.Ids(1, 2), ones(1, 2, ScalarType.Int64), Cache: cache)));
    }

    private static void Close(Tensor expected, Tensor actual, float tolerance = Tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, tolerance);
    }
}
