using Dllm.Diffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Diffusion;

public class TransferScheduleTests
{
    [Theory]
    [InlineData("linear")]
    [InlineData("cosine")]
    public void RevealsEveryMaskInStepsOfAtLeastOne(string noise)
    {
        using var generator = new Generator(3, CPU);
        foreach (var steps in new[] { 1, 2, 3, 7, 16, 128 })
        {
            var schedule = new TransferSchedule(NoiseSchedule.Parse(noise), steps);
            foreach (var masks in new[] { 0, 1, 2, 5, 16, 127, 128, 129 })
            {
                foreach (var plan in new[] { schedule.Deterministic(masks), schedule.Stochastic(masks, generator) })
                {
                    Assert.Equal(masks, plan.Sum());
                    Assert.All(plan, tokens => Assert.True(tokens >= 1));
                    Assert.True(plan.Length <= steps);
                }
            }
        }
    }

    [Theory]
    [InlineData(8, 4, new[] { 2, 2, 2, 2 })]
    [InlineData(8, 1, new[] { 8 })]
    [InlineData(3, 100, new[] { 1, 1, 1 })]
    [InlineData(5, 2, new[] { 2, 3 })] // 2.5 becomes the even 2
    [InlineData(7, 2, new[] { 4, 3 })] // 3.5 becomes the even 4
    public void RoundsHalvesToEven(int masks, int steps, int[] expected) =>
        Assert.Equal(expected, new TransferSchedule(NoiseSchedule.Linear, steps).Deterministic(masks));

    [Fact]
    public void CosineRevealsFewTokensFirst()
    {
        var plan = new TransferSchedule(NoiseSchedule.Cosine, 8).Deterministic(64);
        Assert.True(plan[0] < plan[^1], string.Join(' ', plan));
    }

    [Fact]
    public void StochasticPlansFollowTheSeedAndTheSchedule()
    {
        var schedule = new TransferSchedule(NoiseSchedule.Linear, 4);
        Assert.Equal(Draw(schedule, 5, 50), Draw(schedule, 5, 50));
        var firsts = Enumerable.Range(0, 200).Select(seed => Draw(schedule, (ulong)seed, 40)[0]).ToArray();
        Assert.InRange(firsts.Average(), 9.2, 10.8); // a quarter of 40; standard error 0.2
        Assert.True(firsts.Distinct().Count() > 5);
    }

    [Fact]
    public void BadArgumentsAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransferSchedule(NoiseSchedule.Linear, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransferSchedule(NoiseSchedule.Linear, 1).Deterministic(-1));
    }

    [Fact]
    public void LeavesNoTensorBehind()
    {
        using var generator = new Generator(1, CPU);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        new TransferSchedule(NoiseSchedule.Cosine, 9).Stochastic(20, generator);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static int[] Draw(TransferSchedule schedule, ulong seed, int masks)
    {
        using var generator = new Generator(seed, CPU);
        return schedule.Stochastic(masks, generator);
    }
}
