using Dllm.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

public class TokenChoiceTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(1.0)]
    [InlineData(2.0)]
    public void BothChoicesDrawFromTheTemperedDistribution(double temperature)
    {
        const int draws = 20_000;
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 1f, 0f, 2f, float.NegativeInfinity, -1f });
        var expected = (logits / temperature).softmax(-1).data<float>().ToArray();
        var generator = new Generator(5, CPU);
        var rows = logits.expand(draws, 5).contiguous();
        ITokenChoice[] choices = [new CategoricalChoice(temperature, generator), new GumbelChoice(temperature, generator)];
        foreach (var choice in choices)
        {
            var tokens = choice.Choose(rows, choice.DrawNoise(draws, 5)).data<long>().ToArray();
            for (var token = 0; token < 5; token++)
                Assert.Equal(expected[token], tokens.Count(drawn => drawn == token) / (double)draws, 0.02); // 5 standard errors
        }
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-9)]
    public void TheSmallestTemperaturesAreGreedy(double temperature)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(5, CPU);
        var logits = randn(50, 17, generator: generator) * 30;
        var greedy = new GreedyChoice().Choose(logits, null);
        Assert.True(new CategoricalChoice(temperature, generator).Choose(logits, null).eq(greedy).all().ToBoolean());
    }

    [Fact]
    public void TheLargestTemperaturesAreUniformButNeverDrawWhatIsForbidden()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(5, CPU);
        var logits = randn(5000, 4, generator: generator);
        logits[.., 3] = float.NegativeInfinity;
        var tokens = new CategoricalChoice(1e300, generator).Choose(logits, null).data<long>().ToArray();
        Assert.Equal([0L, 1, 2], tokens.Distinct().Order());
        Assert.InRange(tokens.Count(token => token == 0), 1450, 1880);
    }

    [Fact]
    public void TemperatureZeroLeavesLogitsAlone()
    {
        using var scope = NewDisposeScope();
        var logits = randn(3, 4);
        Assert.True(GumbelNoise.Apply(logits, rand(3, 4, float64), 0).eq(logits).all().ToBoolean());
    }
}
