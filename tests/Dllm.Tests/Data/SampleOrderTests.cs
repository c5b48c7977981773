using Dllm.Data;
using TorchSharp;

namespace Dllm.Tests.Data;

public class SampleOrderTests
{
    [Theory]
    [InlineData(1, 4, false)]
    [InlineData(9, 4, false)]
    [InlineData(9, 4, true)]
    [InlineData(64, 8, true)]
    public void Every_epoch_visits_every_sample_once_and_can_be_replayed(int count, int batchSize, bool grouped)
    {
        var schedule = new EpochSchedule
        {
            SampleCount = count,
            BatchSize = batchSize,
            Lengths = grouped ? Enumerable.Range(0, count).Select(i => i % 7).ToArray() : null,
        };
        var epochs = Enumerable.Range(0, 3).Select(schedule.Batches).ToArray();

        Assert.All(epochs, batches => Assert.Equal(Enumerable.Range(0, count), batches.SelectMany(b => b).Order()));
        Assert.All(epochs, batches => Assert.Equal(schedule.BatchesPerEpoch, batches.Count));
        Assert.Equal(epochs[2], schedule.Batches(2));
        Assert.True(count == 1 || !epochs[0].SelectMany(b => b).SequenceEqual(epochs[1].SelectMany(b => b)));
    }

    [Fact]
    public void Another_seed_gives_another_order_and_seed_plus_one_continues_as_the_next_epoch()
    {
        var schedule = new EpochSchedule { SampleCount = 50, Seed = 1 };

        Assert.NotEqual(schedule.Batches(0), (schedule with { Seed = 2 }).Batches(0).Reverse());
        Assert.Equal(schedule.Batches(1), (schedule with { Seed = 2 }).Batches(0));
    }

    [Fact]
    public void Batches_grouped_by_length_are_even_and_come_in_random_order_with_the_longest_first()
    {
        int[] lengths = [.. Enumerable.Range(0, 400).Select(i => 1 + (i * 37) % 40)];
        var batches = new EpochSchedule { SampleCount = 400, BatchSize = 8, Lengths = lengths }.Batches(0);
        double[] means = [.. batches.Select(b => b.Average(i => lengths[i]))];

        Assert.Equal(40, lengths[batches[0][0]]);
        Assert.True(batches.Skip(1).Average(b => b.Max(i => lengths[i]) - b.Min(i => lengths[i])) < 4);
        Assert.NotEqual(means.OrderDescending(), means);
    }

    [Fact]
    public void A_step_has_the_same_rows_however_they_are_cut_into_batches()
    {
        int[] lengths = [.. Enumerable.Range(0, 101).Select(i => 1 + (i * 37) % 40)];
        var whole = new EpochSchedule { SampleCount = 101, BatchSize = 8, Lengths = lengths };
        var cut = whole with { BatchSize = 2, BatchesPerStep = 4 };
        Assert.Equal(whole.Batches(1), cut.Batches(1).Chunk(4).Select(step => step.SelectMany(rows => rows).ToArray()));
    }

    [Fact]
    public void Without_shuffling_samples_come_in_order()
        => Assert.Equal([[0, 1], [2, 3], [4]], new EpochSchedule { SampleCount = 5, BatchSize = 2, Shuffle = false }.Batches(3));

    [Fact]
    public void An_incomplete_batch_can_be_dropped()
    {
        var schedule = new EpochSchedule { SampleCount = 11, BatchSize = 3, DropLast = true };

        Assert.All(schedule.Batches(0), batch => Assert.Equal(3, batch.Length));
        Assert.Equal(3, schedule.BatchesPerEpoch);
        Assert.Throws<DllmException>(() => (schedule with { SampleCount = 2 }).Batches(0));
    }

    [Fact]
    public void An_empty_data_set_is_one_clear_error()
    {
        var e = Assert.Throws<DllmException>(() => new EpochSchedule { SampleCount = 0 }.Batches(0));

        Assert.Contains("data set is empty", e.Message);
    }

    [Fact]
    public void Grouping_brings_the_longest_first_and_saves_padding()
    {
        var lengths = Enumerable.Range(0, 400).Select(i => (i * 7919 % 400) + 1).ToArray();
        var plain = new EpochSchedule { SampleCount = lengths.Length, BatchSize = 8 };
        var grouped = plain with { Lengths = lengths };

        Assert.Equal(400, lengths[grouped.Batches(0)[0][0]]);
        Assert.True(Padding(grouped) < 0.3 * Padding(plain));

        int Padding(EpochSchedule schedule) => schedule.Batches(0).Sum(b => b.Sum(i => b.Max(j => lengths[j]) - lengths[i]));
    }

    [Fact]
    public void Equal_lengths_keep_the_random_order()
    {
        using var first = new torch.Generator(5);
        using var second = new torch.Generator(5);

        Assert.Equal(SampleOrder.Shuffled(20, first), SampleOrder.LengthGrouped(Enumerable.Repeat(3, 20).ToArray(), 2, second));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(20, 1)]
    [InlineData(21, 2)]
    public void A_random_split_loses_no_row_and_rounds_the_test_part_up(int count, int test)
    {
        var split = TrainTestSplit.Random(count);

        Assert.Equal(test, split.Test.Length);
        Assert.Equal(Enumerable.Range(0, count), split.Train.Concat(split.Test).Order());
    }

    [Theory]
    [InlineData(0, 0.05)]
    [InlineData(1, 0.05)]
    [InlineData(2, 0.9)]
    [InlineData(10, 0)]
    [InlineData(10, 1)]
    [InlineData(10, double.NaN)]
    public void A_split_with_an_empty_part_is_refused(int count, double fraction)
        => Assert.Throws<DllmException>(() => TrainTestSplit.Random(count, fraction));

    [Fact]
    public void The_legacy_generator_gives_its_published_numbers()
    {
        Assert.Equal(3499211612u, new NumpyMersenneTwister(5489).NextUInt32());
        Assert.Equal(0.5488135039273248, new NumpyMersenneTwister(0).NextDouble());
        Assert.Equal(4, new NumpyMersenneTwister(0).NextInt(4, 5));
    }
}
