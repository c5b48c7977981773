using Dllm.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Layers;

public sealed class AttentionTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Generator _generator = new(1);

    public void Dispose()
    {
        _scope.Dispose();
        _generator.Dispose();
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 3, 5, 7)]
    [InlineData(3, 2, 33, 33)]
    public void ProductsAreFusedAttention(int batch, int heads, int queries, int keys)
    {
        using var noGradients = no_grad();
        var (query, key, value) = (Heads(batch, heads, queries), Heads(batch, heads, keys), Heads(batch, heads, keys));
        foreach (var mask in (Tensor?[])[null, Hiding(batch, 1, keys), Hiding(batch, queries, keys), Hiding(1, queries, keys)])
        {
            var expected = nn.functional.scaled_dot_product_attention(query, key, value, mask);
            Assert.True(Difference(expected, ProductAttention.Attend(query, key, value, mask)) < 1e-5); // the method takes any type
            var narrow = ProductAttention.Attend(
                query.bfloat16(), key.bfloat16(), value.bfloat16(), mask?.bfloat16());
            Assert.Equal(ScalarType.BFloat16, narrow.dtype);
            Assert.True(Difference(expected, narrow.@float()) < 0.06);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void AQueryThatSeesNothingGivesZeroAndItsNeighboursAreUntouched(ScalarType type)
    {
        using var noGradients = no_grad();
        var heads = Heads(2, 2, 4).to_type(type);
        var mask = zeros(2, 1, 4, 4, type);
        mask[1, 0, 2] = double.NegativeInfinity;
        var (some, all) = (ProductAttention.Attend(heads, heads, heads, mask), ProductAttention.Attend(heads, heads, heads, null));
        Assert.Equal(0, some[1, .., 2].abs().max().ToDouble());
        Assert.True(Difference(all[0], some[0]) == 0 && Difference(all[1, .., 3], some[1, .., 3]) == 0);
    }

    // Reach 3 below the least width of a part, 40 above it; with and without padding; with gradients torch's own attention is taken.
    [Theory]
    [InlineData(3, 100, false)]
    [InlineData(3, 31, true)]
    [InlineData(40, 100, true)]
    [InlineData(40, 100, false)]
    [InlineData(200, 100, true)]
    public void KeysOutOfReachNeedNotBeMultiplied(int reach, int tokens, bool gradients)
    {
        using var mode = set_grad_enabled(gradients);
        foreach (var padded in (bool[])[false, true])
        {
            var (query, key, value) = (Heads(2, 2, tokens), Heads(2, 2, tokens), Heads(2, 2, tokens));
            var real = ones(2, tokens, ScalarType.Int64);
            if (padded) real[1, (tokens / 2)..] = 0;
            var padding = padded ? AttentionMasks.Encoder(real, tokens, null, ScalarType.Float32) : null;
            var mask = AttentionMasks.Window(tokens, reach, padding, null, ScalarType.Float32, CPU);
            var whole = Attention.AttendHeads(query, key, value, 0, new AttentionContext(null, mask, null));
            var parts = Attention.AttendHeads(query, key, value, 0, new AttentionContext(null, mask, null, Reach: reach));
            var compared = real.unsqueeze(-1); // what padding gathers is not defined
            Assert.True(Difference(whole * compared, parts * compared) < 1e-5);
        }
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        using var noGradients = no_grad();
        var (heads, mask) = (Heads(1, 2, 40), AttentionMasks.Window(40, 3, null, null, ScalarType.Float32, CPU));
        var context = new AttentionContext(null, mask, null, Reach: 3);
        Attention.AttendHeads(heads, heads, heads, 0, context).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 20; i++) Attention.AttendHeads(heads, heads, heads, 0, context).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void NoQueriesGatherNothing()
    {
        using var noGradients = no_grad();
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            var none = Attention.AttendHeads(
                Heads(1, 2, 0).to_type(type), Heads(1, 2, 0).to_type(type), Heads(1, 2, 0).to_type(type), 0, new AttentionContext(null, null, null, Reach: 3));
            Assert.Equal([1L, 0, 16], none.shape);
        }
    }

    // With 33 million scores allowed at once, 2 heads of 4,200 queries and keys are taken in parts.
    [Fact]
    public void ManyQueriesAreTakenInParts()
    {
        using var noGradients = no_grad();
        var (query, keys) = (Heads(1, 2, 4200).bfloat16(), Heads(1, 2, 4200).bfloat16());
        var all = Attention.AttendHeads(query, keys, keys, 0, new AttentionContext(null, null, null));
        var last = Attention.AttendHeads(query.narrow(2, 4190, 10), keys, keys, 0, new AttentionContext(null, null, null));
        Assert.True(Difference(all.narrow(1, 4190, 10).@float(), last.@float()) < 0.01);
    }

    private Tensor Heads(int batch, int heads, int tokens) => randn([batch, heads, tokens, 8], generator: _generator);

    private Tensor Hiding(int batch, int queries, int keys)
    {
        var hidden = rand([batch, 1, queries, keys], generator: _generator).gt(0.6);
        hidden[.., .., .., 0] = false; // everybody sees something
        return zeros_like(hidden, ScalarType.Float32).masked_fill(hidden, double.NegativeInfinity);
    }

    private static double Difference(Tensor first, Tensor second) => (first - second).abs().max().ToDouble();
}
