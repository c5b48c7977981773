using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Tests.Layers;

public class LayerTests
{
    [Fact]
    public void RotaryTurnsPairsByThePosition()
    {
        using var scope = NewDisposeScope();
        var rotary = Rotary.Create(100, 4, 3, null, ScalarType.Float32, CPU);
        var turned = rotary.Apply(tensor(new float[] { 1, 2, 3, 4 }).expand(1, 1, 3, 4)); // pairs (1, 3) and (2, 4)
        for (var position = 0; position < 3; position++)
        {
            foreach (var (pair, frequency) in ((int, double)[])[(0, 1.0), (1, 0.1)]) // 100^(-2i/4)
            {
                var (sin, cos) = Math.SinCos(position * frequency);
                var (x, y) = (pair + 1.0, pair + 3.0);
                Assert.Equal(x * cos - y * sin, turned[0, 0, position, pair].item<float>(), 1e-5);
                Assert.Equal(y * cos + x * sin, turned[0, 0, position, pair + 2].item<float>(), 1e-5);
            }
        }
    }

    [Fact]
    public void RotaryOfGivenPositionsEqualsTheDefault()
    {
        using var scope = NewDisposeScope();
        var given = Rotary.Create(100, 4, 5, arange(5).expand(2, 5), ScalarType.Float32, CPU);
        var plain = Rotary.Create(100, 4, 5, null, ScalarType.Float32, CPU);
        var heads = randn(2, 3, 5, 4);
        Assert.Equal(plain.Apply(heads).data<float>().ToArray(), given.Apply(heads).data<float>().ToArray());
    }

    [Fact]
    public void WindowHidesFarKeysAndPadding()
    {
        using var scope = NewDisposeScope();
        var padding = AttentionMasks.Encoder(tensor(new long[] { 1, 1, 1, 0 }, [1, 4]), 4, null, ScalarType.Float32);
        var window = AttentionMasks.Window(4, 1, padding, null, ScalarType.Float32, CPU)!;
        bool[,] seen =
        {
            { true, true, false, false },
            { true, true, true, false },
            { false, true, true, false },
            { false, false, true, false },
        };
        for (var i = 0; i < 4; i++)
        {
            for (var j = 0; j < 4; j++)
                Assert.Equal(seen[i, j] ? 0 : float.MinValue, window[0, 0, i, j].item<float>());
        }

        Assert.Null(AttentionMasks.Window(4, 3, null, null, ScalarType.Float32, CPU)); // reaches every key
        Assert.Same(padding, AttentionMasks.Window(4, 3, padding, null, ScalarType.Float32, CPU));
        Assert.Null(AttentionMasks.Encoder(null, 4, null, ScalarType.Float32));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void ARowThatSeesNothingIsUniformNotNaN(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var mask = AttentionMasks.Encoder(zeros([1, 3], ScalarType.Int64), 3, null, dtype);
        var value = arange(3, ScalarType.Float32).view(1, 1, 3, 1).expand(1, 1, 3, 8).to_type(dtype);
        var attended = Attention.AttendHeads(
            randn(1, 1, 3, 8).to_type(dtype), randn(1, 1, 3, 8).to_type(dtype), value, 0, new AttentionContext(null, mask, null));
        Assert.All(attended.to_type(ScalarType.Float32).data<float>().ToArray(), x => Assert.Equal(1, x, 0.01));
    }

    [Fact]
    public void PaddingLearnsNothingFromBeingLookedUp()
    {
        using var scope = NewDisposeScope();
        using var table = new Embedding(4, 2, paddingId: 1, ScalarType.Float32, CPU);
        Initialization.Constant(table.Weight, 1);
        var ids = tensor(new long[] { 1, 2, 2, 1 }, [2, 2]);
        var vectors = table.Forward(ids);
        Assert.Equal([2L, 2, 2], vectors.shape);
        vectors.sum().backward();
        Assert.Equal([0f, 0, 0, 0, 2, 2, 0, 0], table.Weight.grad!.data<float>().ToArray());
    }

    [Fact]
    public void TruncatedNormalKeepsItsBoundsAndSpread()
    {
        using var scope = NewDisposeScope();
        var weight = empty(200, 500);
        Initialization.TruncatedNormal(weight, 0.02, 2, new Generator(3));
        Assert.InRange(weight.abs().max().item<float>(), 0.0399f, 0.04f);
        Assert.Equal(0, weight.mean().item<float>(), 2e-4);
        Assert.Equal(0.02 * 0.87962566, weight.std().item<float>(), 2e-4); // deviation of a normal cut at two
    }

    [Fact]
    public void InitialisationDependsOnTheGeneratorAlone()
    {
        using var scope = NewDisposeScope();
        var (first, second, half) = (empty(64), empty(64), empty(64, ScalarType.BFloat16));
        Initialization.Normal(first, 1, new Generator(5));
        rand(100);
        Initialization.Normal(second, 1, new Generator(5));
        Initialization.Normal(half, 1, new Generator(5));
        Assert.Equal(first.data<float>().ToArray(), second.data<float>().ToArray());
        Assert.Equal(
            first.to_type(ScalarType.BFloat16).to_type(ScalarType.Float32).data<float>().ToArray(),
            half.to_type(ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void BuildingLayersDrawsNothing()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var expected = rand(1).item<float>();
        random.manual_seed(1);
        using var linear = new Linear(8, 8, true, ScalarType.Float32, CPU);
        using var table = new Embedding(8, 8, null, ScalarType.Float32, CPU);
        Assert.Equal(expected, rand(1).item<float>());
    }
}
