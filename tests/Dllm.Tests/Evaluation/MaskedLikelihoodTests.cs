using Dllm.Evaluation;
using Dllm.Tests.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Evaluation;

public sealed class MaskedLikelihoodTests : IDisposable
{
    private const int Mask = 22;
    private static readonly MonteCarloOptions Options = new() { Samples = 64, BatchSize = 16 };

    private readonly TableDenoiser _denoiser = new();

    public void Dispose() => _denoiser.Dispose();

    [Fact]
    public void NothingIsCertain()
    {
        var likelihood = new MaskedLikelihood(_denoiser, Mask);
        Assert.Equal(0, Estimate(likelihood, [1, 2], []));
        Assert.True(likelihood.IsGreedy([1, 2], []));
        Assert.Equal(0, likelihood.Forwards);
    }

    [Fact]
    public void TheSameSeedGivesTheSameEstimateAndItIsNegative()
    {
        var likelihood = new MaskedLikelihood(_denoiser, Mask);
        double first = Estimate(likelihood, [1, 2, 3], [4, 5, 6, 7]);
        Assert.Equal(first, Estimate(likelihood, [1, 2, 3], [4, 5, 6, 7]));
        Assert.InRange(first, -1000, -1e-3);
        Assert.Equal(8, likelihood.Forwards);
    }

    [Fact]
    public void ASingleTokenIsEstimatedExactly()
    {
        var likelihood = new MaskedLikelihood(_denoiser, Mask);
        using var scope = NewDisposeScope();
        var logits = _denoiser.Forward(new(tensor(new long[] { 1, 2, Mask }).unsqueeze(0)))[0, 2]; // [V]
        double expected = nn.functional.log_softmax(logits, 0)[7].item<float>();
        Assert.Equal(expected, Estimate(likelihood, [1, 2], [7]), 4);
    }

    [Fact]
    public void OnlyOneTargetOfEachLengthIsGreedy()
    {
        var likelihood = new MaskedLikelihood(_denoiser, Mask);
        Assert.Single(Enumerable.Range(0, 23), token => likelihood.IsGreedy([1, 2], [token]));
    }

    [Fact]
    public void LogitsAreComputedAtMasksOnly()
    {
        Estimate(new MaskedLikelihood(_denoiser, Mask), [1, 2, 3], [4, 5]);
        Assert.All(_denoiser.LogitRowsOfForwards, rows => Assert.InRange(rows!.Value, 16, 32)); // of 16 × 5 places
    }

    [Theory]
    [InlineData(0, 1, "batch size")]
    [InlineData(4, 6, "multiple")]
    [InlineData(4, 0, "multiple")]
    public void WrongNumbersAreRefused(int batchSize, int samples, string named) => Assert.Contains(
        named, Assert.Throws<DllmException>(new MonteCarloOptions { BatchSize = batchSize, Samples = samples }.Validate).Message);

    [Fact]
    public void DreamsLikelihoodRefusesWrongNumbersAndKnowsNothingOfNothing()
    {
        var likelihood = new DreamLikelihood(_denoiser, Mask);
        using var generator = new Generator(3);
        double Estimate(MonteCarloOptions options, double eps) => likelihood.Estimate([], [], LikelihoodPart.Target, options, eps, generator);
        Assert.Equal(0, Estimate(Options, 1e-3));
        Assert.Throws<DllmException>(() => Estimate(Options with { BatchSize = 0 }, 1e-3));
        Assert.Throws<DllmException>(() => Estimate(Options, 0));
        Assert.Throws<DllmException>(() => likelihood.Chain([1], [2], LikelihoodPart.Target, fromRight: false, batchSize: 0));
        Assert.Throws<DllmException>(() => likelihood.Chain([1], [2], LikelihoodPart.Both, fromRight: false, batchSize: 1));
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        var likelihood = new MaskedLikelihood(_denoiser, Mask);
        Estimate(likelihood, [1, 2, 3], [4, 5]);
        likelihood.IsGreedy([1], [2, 3]);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Estimate(likelihood, [1, 2, 3], [4, 5]);
        likelihood.IsGreedy([1], [2, 3]);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData("a\nQuestion: b</s>c", "a\n")]
    [InlineData("", "")]
    [InlineData("</s>a", "")]
    [InlineData("no stop", "no stop")]
    public void AnswersEndAtTheFirstStop(string text, string expected) =>
        Assert.Equal(expected, AnswerText.Cut(text, "</s>", ["Question:", ""]));

    private static double Estimate(MaskedLikelihood likelihood, int[] prefix, int[] target)
    {
        using var generator = new Generator(3);
        return likelihood.Estimate(prefix, target, Options, generator);
    }
}
