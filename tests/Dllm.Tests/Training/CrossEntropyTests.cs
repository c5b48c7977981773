using Dllm.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Training;

public sealed class CrossEntropyTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 7, 30, 1e-6)]
    [InlineData(ScalarType.Float32, 300, 30_000, 5e-6)] // in several pieces
    [InlineData(ScalarType.BFloat16, 7, 30, 1e-2)]
    public void Values_and_gradients_are_torchs(ScalarType type, int rows, int vocabulary, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var source = (randn([rows, vocabulary], generator: generator) * 5).to(type);
        var targets = randint(0, vocabulary, [rows], dtype: int64, generator: generator);
        var weights = rand([rows], generator: generator);
        var logits = source.clone().requires_grad_(true);
        var wanted = nn.functional.cross_entropy(logits.to(float32), targets, reduction: nn.Reduction.None);
        (wanted * weights).sum().backward();
        var expected = logits.grad!;

        var entropy = new CrossEntropy(source, targets);
        var values = entropy.Values.clone();
        var actual = entropy.IntoGradient(weights);
        Assert.True(actual.eq(source).all().ToBoolean()); // in its memory
        Assert.Equal(type, actual.dtype);
        Assert.True((wanted - values).abs().max().ToSingle() < 1e-5 * wanted.abs().max().ToSingle());
        Assert.True((expected - actual).abs().max().ToSingle() < tolerance);
    }
}
