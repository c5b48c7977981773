using Dllm.Training;

namespace Dllm.Tests.Training;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData(LrSchedulerType.Linear, 0.5)]
    [InlineData(LrSchedulerType.Cosine, 0.5)]
    [InlineData(LrSchedulerType.ConstantWithWarmup, 1)]
    [InlineData(LrSchedulerType.Constant, 1)]
    [InlineData(LrSchedulerType.Polynomial, 0.5)]
    [InlineData(LrSchedulerType.CosineWithMinLr, 0.5)]
    public void Half_way_after_the_warm_up(LrSchedulerType type, double expected)
    {
        var schedule = new LearningRateSchedule(type, 1, warmupSteps: 10, totalSteps: 110);
        Assert.Equal(expected, schedule.At(60), 6);
        Assert.Equal(1, schedule.At(10), 6);
        Assert.Equal(type == LrSchedulerType.Constant ? 1 : 0.5, schedule.At(5), 6);
    }

    [Fact]
    public void A_run_of_one_step_of_warm_up_starts_at_zero_and_steps_beyond_the_end_are_finite()
    {
        foreach (var type in Enum.GetValues<LrSchedulerType>())
        {
            var schedule = new LearningRateSchedule(type, 1e-3, LearningRateSchedule.WarmupSteps(1, 0.1), 1);
            Assert.All(Enumerable.Range(0, 5), step => Assert.InRange(schedule.At(step), 0, 1e-3));
        }
    }

    [Fact]
    public void Steps_of_warm_up_win_over_their_fraction()
    {
        var options = new TrainingOptions { WarmupSteps = 4, WarmupRatio = 0.5, LearningRate = 1 };
        Assert.Equal(0.25, new LearningRateSchedule(options, 100).At(1));
        Assert.Equal(0.02, new LearningRateSchedule(options with { WarmupSteps = 0 }, 100).At(1));
    }

    [Fact]
    public void A_plateau_without_settings_fills_the_run_but_its_last_tenth()
    {
        var schedule = new LearningRateSchedule(LrSchedulerType.WarmupStableDecay, 1, 10, 100);
        Assert.Equal([1, 1], [schedule.At(10), schedule.At(89)]);
        Assert.Equal(0.5, schedule.At(95), 6);
        Assert.Equal(0, schedule.At(100));
    }

    [Theory]
    [InlineData("cosine_with_restarts", LrSchedulerType.CosineWithRestarts)]
    [InlineData("inverse_sqrt", LrSchedulerType.InverseSqrt)]
    public void Names_are_those_of_transformers(string name, LrSchedulerType type)
    {
        Assert.Equal(type, Names.Parse<LrSchedulerType>(name, "lr_scheduler_type"));
        Assert.Equal(name, Names.Of(type));
        Assert.Contains("warmup_stable_decay", Assert.Throws<DllmException>(() => Names.Parse<LrSchedulerType>("slow", "lr_scheduler_type")).Remedy);
    }
}
