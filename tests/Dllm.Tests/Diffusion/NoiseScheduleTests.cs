using Dllm.Diffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Diffusion;

public class NoiseScheduleTests
{
    public static TheoryData<string> Names() => ["linear", "cosine"];

    [Theory]
    [MemberData(nameof(Names))]
    public void GoesFromCleanToMasked(string name)
    {
        var noise = NoiseSchedule.Parse(name);
        Assert.Equal(1, noise.Alpha(0.0));
        Assert.Equal(0, noise.Alpha(1.0), 1e-6);
        for (var t = 0.05; t <= 1; t += 0.05) Assert.True(noise.Alpha(t) < noise.Alpha(t - 0.05));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void DerivativeIsTheSlope(string name)
    {
        var noise = NoiseSchedule.Parse(name);
        foreach (var t in new[] { 0.1, 0.5, 0.9 })
            Assert.Equal((noise.Alpha(t + 0.01) - noise.Alpha(t - 0.01)) / 0.02, noise.AlphaDerivative(t), 1e-3);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TensorsAndNumbersAgree(string name)
    {
        using var scope = NewDisposeScope();
        var noise = NoiseSchedule.Parse(name);
        var t = tensor(new[] { 0f, 0.3f, 0.7f, 1f });
        Assert.Equal([noise.Alpha(0.0), noise.Alpha(0.3), noise.Alpha(0.7), noise.Alpha(1.0)], Doubles(noise.Alpha(t)));
        var weights = Doubles(noise.Weight(t));
        foreach (var (value, weight) in new[] { 0.3, 0.7 }.Zip(weights[1..])) Assert.Equal(noise.Weight(value), weight, 1e-5 * weight);
    }

    [Fact]
    public void LinearWeightIsOneOverTime() => Assert.Equal(4, NoiseSchedule.Linear.Weight(0.25), 1e-4);

    [Fact]
    public void ReverseProbabilityOfTheLastStepIsZero()
    {
        Assert.Equal(0, NoiseSchedule.Linear.ReverseMaskProbability(0, 0.25));
        Assert.Equal(0, NoiseSchedule.Cosine.ReverseMaskProbability(0, 0.25));
        Assert.Equal(0.5, NoiseSchedule.Linear.ReverseMaskProbability(0.25, 0.5));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void TimesOutsideAreRefused(double t)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NoiseSchedule.Cosine.Alpha(t));
        Assert.Throws<ArgumentOutOfRangeException>(() => NoiseSchedule.Linear.AlphaDerivative(t));
        Assert.Throws<ArgumentOutOfRangeException>(() => KappaSchedule.Linear.Kappa(t));
        Assert.Throws<ArgumentOutOfRangeException>(() => NoiseSchedule.Linear.ReverseMaskProbability(0.5, t));
    }

    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(0.6, 0.5)]
    [InlineData(-0.1, 0.5)]
    public void ReverseTimesMustDescend(double s, double t) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => NoiseSchedule.Linear.ReverseMaskProbability(s, t));

    [Fact]
    public void IsFoundByTheOriginalsNameInAnyCase()
    {
        Assert.Same(NoiseSchedule.Linear, NoiseSchedule.ByName("linearALPHAscheduler"));
        Assert.Same(NoiseSchedule.Cosine, NoiseSchedule.Parse("CosineAlphaScheduler"));
        Assert.Same(NoiseSchedule.Cosine, NoiseSchedule.Parse("Cosine"));
        var error = Assert.Throws<DllmException>(() => NoiseSchedule.ByName("cosine"));
        Assert.Contains("CosineAlphaScheduler", error.Message);
        Assert.Contains("linear", Assert.Throws<DllmException>(() => NoiseSchedule.Parse("square")).Remedy);
    }

    [Fact]
    public void KappaGoesFromSourceToTarget()
    {
        foreach (var kappa in new[] { KappaSchedule.Linear, KappaSchedule.Cosine, KappaSchedule.Cubic(), KappaSchedule.Cubic(2, 0.5) })
        {
            Assert.Equal(0, kappa.Kappa(0.0), 1e-6);
            Assert.Equal(1, kappa.Kappa(1.0), 1e-6);
            Assert.Equal((kappa.Kappa(0.41) - kappa.Kappa(0.39)) / 0.02, kappa.KappaDerivative(0.4), 1e-3);
        }

        Assert.Equal("CosineKappaScheduler", KappaSchedule.ByName("cosinekappascheduler").Name);
        Assert.Throws<DllmException>(() => KappaSchedule.ByName("cosine"));
    }

    [Fact]
    public void LeavesNoTensorBehind()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var noise in new[] { NoiseSchedule.Linear, NoiseSchedule.Cosine })
        {
            noise.Weight(0.5);
            noise.ReverseMaskProbability(0.25, 0.5);
            using var t = rand(3);
            using var alpha = noise.Alpha(t);
            using var derivative = noise.AlphaDerivative(t);
            using var weight = noise.Weight(t);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static double[] Doubles(Tensor values) => values.to(float64).data<double>().ToArray();
}
