using Dllm.Diffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Diffusion;

public class ForwardProcessTests
{
    private const long Mask = 99;

    [Fact]
    public void MasksOnlyTokensWithALabel()
    {
        using var scope = NewDisposeScope();
        var (ids, labels) = Batch(64, 32, prompt: 10);
        var noised = new ForwardProcess(NoiseSchedule.Linear).Corrupt(ids, labels, Mask, new Generator(1, CPU));
        Assert.False(noised.Masked[.., ..10].any().ToBoolean());
        Assert.True(noised.Masked[.., 10..].any().ToBoolean());
        Assert.True(noised.Ids.eq(where(noised.Masked, full_like(ids, Mask), ids)).all().ToBoolean());
        Assert.True(noised.Times.ge(0.001).all().ToBoolean() && noised.Times.lt(1).all().ToBoolean());
    }

    [Fact]
    public void DrawsTimesThenChancesFromTheGenerator()
    {
        using var scope = NewDisposeScope();
        var (ids, labels) = Batch(3, 8, prompt: 0);
        var generator = new Generator(7, CPU);
        var noised = new ForwardProcess(NoiseSchedule.Cosine, 0.01).Corrupt(ids, labels, Mask, generator);

        var again = new Generator(7, CPU);
        var times = 0.01 + 0.99 * rand(3, generator: again);
        var masked = rand(3, 8, generator: again) < 1 - NoiseSchedule.Cosine.Alpha(times).unsqueeze(1);
        Assert.True(noised.Times.eq(times).all().ToBoolean());
        Assert.True(noised.Masked.eq(masked).all().ToBoolean());
        Assert.Equal(rand(1, generator: again).ToSingle(), rand(1, generator: generator).ToSingle());
    }

    [Fact]
    public void MasksAboutAsOftenAsTheTimeSays()
    {
        using var scope = NewDisposeScope();
        var (ids, labels) = Batch(16, 4000, prompt: 0);
        var noised = new ForwardProcess(NoiseSchedule.Linear).Corrupt(ids, labels, Mask, new Generator(2, CPU));
        var rate = noised.Masked.to(float32).mean([1]);
        Assert.True((rate - noised.Times).abs().max().ToSingle() < 0.04); // five standard errors
    }

    [Fact]
    public void NoiseOfARowDependsOnItsSeedAlone()
    {
        using var scope = NewDisposeScope();
        var process = new ForwardProcess(NoiseSchedule.Linear);
        var (ids, labels) = Batch(3, 12, prompt: 2);
        var together = process.Corrupt(ids, labels, Mask, NoiseSource.ByRow([11, 12, 13]));
        var (padded, paddedLabels) = Batch(1, 20, prompt: 2);
        var alone = process.Corrupt(padded, paddedLabels, Mask, NoiseSource.ByRow([12]));
        Assert.True(together.Masked[1].eq(alone.Masked[0, ..12]).all().ToBoolean());
        Assert.Equal(together.Times[1].ToSingle(), alone.Times[0].ToSingle());
        Assert.NotEqual(together.Times[0].ToSingle(), together.Times[1].ToSingle());
    }

    [Fact]
    public void ColumnsPutBeforeARowTakeNoneOfItsNoise()
    {
        using var scope = NewDisposeScope();
        var process = new ForwardProcess(NoiseSchedule.Linear);
        var (ids, labels) = Batch(4, 12, prompt: 0);
        var plain = process.Corrupt(ids, labels, Mask, NoiseSource.ByRow([1, 2, 3, 4]));
        var first = zeros(4, 2, dtype: int64);
        var led = process.Corrupt(
            cat([first, ids], 1), cat([first - 100, labels], 1), Mask, NoiseSource.ByRow([1, 2, 3, 4]), lead: 2);
        Assert.True(led.Masked[.., 2..].eq(plain.Masked).all().ToBoolean());
    }

    [Fact]
    public void NumbersOfARowAreUniformAndItsDrawsUnrelated()
    {
        using var scope = NewDisposeScope();
        var noise = NoiseSource.ByRow([7, 8]);
        var (first, second) = (noise.Uniforms(2, 20_000), noise.Uniforms(2, 20_000));
        Assert.True(first.ge(0).all().ToBoolean() && first.lt(1).all().ToBoolean());
        var mean = cat([first, second], 0).mean([1]);
        Assert.True((mean - 0.5).abs().max().ToSingle() < 0.01); // five standard errors
        foreach (var (a, b) in new[] { (first[0], first[1]), (first[0], second[0]), (first[0][..^1], first[0][1..]) })
            Assert.InRange(((a - 0.5) * (b - 0.5)).mean().ToSingle() * 12, -0.036f, 0.036f); // correlation, five standard errors
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void TimeEpsilonHasItsRange(double epsilon) =>
        Assert.Throws<DllmException>(() => new ForwardProcess(NoiseSchedule.Linear, epsilon));

    [Fact]
    public void LeavesNothingButItsResultBehind()
    {
        using var generator = new Generator(1, CPU);
        var (ids, labels) = Batch(2, 5, prompt: 1);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var noised in new[]
        {
            new ForwardProcess(NoiseSchedule.Linear).Corrupt(ids, labels, Mask, generator),
            new ForwardProcess(NoiseSchedule.Cosine).Corrupt(ids, labels, Mask, NoiseSource.ByRow([1, 2])),
        })
        {
            noised.Ids.Dispose();
            noised.Masked.Dispose();
            noised.Times.Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        ids.Dispose();
        labels.Dispose();
    }

    private static (Tensor Ids, Tensor Labels) Batch(long rows, long width, int prompt)
    {
        var ids = arange(rows * width, int64).remainder(50).view(rows, width);
        var labels = ids.clone();
        labels[.., ..prompt] = ForwardProcess.IgnoredLabel;
        return (ids, labels);
    }
}
