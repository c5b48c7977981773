using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

/// <summary>Which of a row's proposals the policies of Dream and Fast-dLLM commit.</summary>
public class UnmaskingPolicyTests
{
    private static readonly float[] Confidences = [0.5f, 0.9f, 0.2f, 0.9f, 0.7f];

    [Theory]
    [InlineData(0.0, new[] { 0, 1, 2, 3, 4 })]
    [InlineData(0.7, new[] { 1, 3, 4 })]
    [InlineData(0.95, new[] { 1 })]
    public void AThresholdCommitsAllThatAreSureAndAtLeastOne(double threshold, int[] expected) =>
        Assert.Equal(expected, new ThresholdPolicy(threshold).Choose(Row()));

    [Fact]
    public void AThresholdCommitsNoMoreThanThePlanAllows()
    {
        Assert.Equal([1, 3], new ThresholdPolicy(0).Choose(Row(plan: [2, 2, 1])));
        Assert.Equal([1], new ThresholdPolicy(0.99).Choose(Row(plan: [2, 2, 1])));
    }

    [Theory]
    [InlineData(1e9, new[] { 0, 1, 2, 3, 4 })]
    [InlineData(1.0, new[] { 1, 3 })] // limits: none, 0.667, 0.75
    [InlineData(1e-9, new[] { 1 })]
    public void AFactorAsksForMoreTheMoreAreCommitted(double factor, int[] expected) =>
        Assert.Equal(expected, new FactorPolicy(factor).Choose(Row()));

    [Fact]
    public void AQuotaTakesTheFirstOfEquals()
    {
        Assert.Equal([1], new QuotaPolicy().Choose(Row(plan: [1])));
        Assert.Equal([1, 3, 4], new QuotaPolicy().Choose(Row(plan: [3])));
        Assert.Empty(new QuotaPolicy().Choose(Row(plan: [0, 1])));
    }

    [Theory]
    [InlineData(1e-9)]
    [InlineData(0.5)]
    [InlineData(1e9)]
    public void DrawnPositionsAreDistinctProposalsAtAnyTemperature(double temperature)
    {
        using var generator = new Generator(3, CPU);
        foreach (var forRegion in new[] { true, false })
        {
            var policy = new DrawnQuotaPolicy(new QuotaPolicy(), temperature, generator, forRegion);
            for (var i = 0; i < 20; i++)
            {
                var chosen = policy.Choose(Row(plan: [4]));
                Assert.Equal(4, chosen.Distinct().Count());
                Assert.All(chosen, index => Assert.InRange(index, 0, 4));
                if (temperature < 1e-6) Assert.Equal([0, 1, 3, 4], chosen);
            }
        }
    }

    [Fact]
    public void OriginRevealsTheShareOfAStepAndAllInTheLast()
    {
        var policy = new OriginPolicy(new DiffusionTimes(4, 1e-3)); // 1 - s/t is 0.25 in the first step
        Assert.Equal([2], policy.Choose(Row()));
        var row = new RowProgress(5);
        for (var step = 0; step < 3; step++) row.Advance(0, 5);
        Assert.Equal([0, 1, 2, 3, 4], policy.Choose(Row(row)));
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(5, 32)]
    [InlineData(512, 31)]
    public void TimesPlanEveryMaskOnceAndNoIdleStep(int steps, int masks)
    {
        var plan = new DiffusionTimes(steps, 1e-3).Plan(masks);
        Assert.Equal(masks, plan.Sum());
        Assert.All(plan, count => Assert.True(count > 0));
        Assert.True(plan.Length <= Math.Max(steps, 2));
        Assert.Empty(new DiffusionTimes(steps, 1e-3).Plan(0));
    }

    [Fact]
    public void WhatAPlanLeavesIsFilled()
    {
        var policy = new UntilFilledPolicy(new QuotaPolicy());
        var row = new RowProgress(5) { Plan = [2] };
        Assert.False(policy.IsDone(row));
        row.Advance(2, 5);
        Assert.False(policy.IsDone(row));
        Assert.Equal([0, 1, 2, 3, 4], policy.Choose(Row(row)));
        row.Advance(5, 0);
        Assert.True(policy.IsDone(row));
    }

    [Fact]
    public void TheWarmUpCommitsTheLeftmostMask()
    {
        var policy = new WarmUpPolicy(new ThresholdPolicy(0));
        Assert.Equal([0], policy.Choose(Row()));
        var row = new RowProgress(5);
        row.Advance(1, 5);
        Assert.Equal(5, policy.Choose(Row(row)).Length);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void TheWarmUpOfTheOriginalIsFollowedByAStepAlsoWhereNoMaskIsLeft(bool asOriginal, bool isDone)
    {
        var policy = new WarmUpPolicy(new TimedPolicy(new DiffusionTimes(4, 1e-3))) { AlwaysGoesOn = asOriginal };
        var row = new RowProgress(1);
        row.Advance(1, 0);
        Assert.Equal(isDone, policy.IsDone(row));
        row.Advance(0, 0);
        Assert.True(policy.IsDone(row));
    }

    [Fact]
    public void WhereTimesEndWithMasksLeftThereIsAnIdleStepMore()
    {
        var policy = new TimedPolicy(new DiffusionTimes(1, 1e-3));
        var row = new RowProgress(5);
        Assert.False(policy.IsIdle(row));
        row.Advance(1, 4);
        Assert.True(policy.IsIdle(row) && !policy.IsDone(row));
        row.Advance(0, 4);
        Assert.True(policy.IsDone(row));
    }

    [Theory]
    [InlineData(false, new int[0])]
    [InlineData(true, new[] { 0 })]
    public void OnlyAsTheOriginalDoesATokenIsMaskedAgain(bool asOriginal, int[] chosen)
    {
        var policy = new EditingPolicy(new QuotaPolicy(), 0, 1) { MasksAgain = asOriginal };
        var row = new RowProposals(new RowProgress(0), [3], [new CanvasCell(0, 2)], [9], [0.9f], 9, new Columns(0, 8), new Columns(0, 8));
        Assert.Equal(chosen, policy.Choose(row));
    }

    [Fact]
    public void PlansThatOnlyBoundGiveEveryRowTheStepsOfTheLongest()
    {
        var blocks = new BlockSequence(1, (canvas, block) => canvas.OwnBlockOfEachRow(block, canvas.Span))
        {
            Plan = masks => new int[masks],
            PlansBoundSteps = true,
        };
        var canvas = Canvas.ForInfilling([[9, 1, 9], [1, 9, 2]], 9, 0);
        var rows = blocks.Begin(canvas, blocks.At(canvas, 0));
        Assert.All(rows, row => Assert.Equal((2, 0), (row.MaxSteps, row.Plan.Length)));
        rows[1].Advance(0, 1);
        Assert.False(rows[1].IsDone(new ThresholdPolicy(0)));
        rows[1].Advance(0, 1);
        Assert.True(rows[1].IsDone(new ThresholdPolicy(0)));
    }

    private static RowProposals Row(int[]? plan = null) => Row(new RowProgress(5) { Plan = plan ?? [] });

    private static RowProposals Row(RowProgress progress) => new(
        progress, [9, 9, 9, 9, 9], [.. Enumerable.Range(0, 5).Select(i => new CanvasCell(0, i + 2))], [1, 2, 3, 4, 5], Confidences, 9, new Columns(0, 8), new Columns(0, 8));
}
