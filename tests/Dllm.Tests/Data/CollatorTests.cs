using Dllm.Data;
using Dllm.Diffusion;
using TorchSharp;

namespace Dllm.Tests.Data;

public sealed class CollatorTests : IDisposable
{
    private const int Pad = 0;
    private static readonly TokenizedSample Short = new([5, 6], [-100, 6], 1);
    private static readonly TokenizedSample Long = new([7, 8, 9, 10, 11], [-100, -100, 9, 10, 11], 2);
    private readonly torch.Generator _generator = new(1);

    public void Dispose() => _generator.Dispose();

    private Batch Collate(ICollator collator, params TokenizedSample[] samples) => collator.Collate(samples, _generator);

    private static long[] Values(torch.Tensor? rows) => rows!.data<long>().ToArray();

    [Fact]
    public void Unequal_lengths_are_padded_on_the_right()
    {
        using var batch = Collate(new PadCollator(Pad), Short, Long);

        Assert.Equal((2, 5), (batch.Rows, batch.Columns));
        Assert.Equal([5, 6, 0, 0, 0, 7, 8, 9, 10, 11], Values(batch.Ids));
        Assert.Equal([-100, 6, -100, -100, -100, -100, -100, 9, 10, 11], Values(batch.Labels));
        Assert.Equal([1, 1, 0, 0, 0, 1, 1, 1, 1, 1], Values(batch.AttentionMask));
    }

    [Fact]
    public void Padding_can_be_learnt_and_seen()
    {
        using var batch = Collate(new NoAttentionMaskCollator(new PadCollator(Pad, labelPadId: Pad)), Short, Long);

        Assert.Null(batch.AttentionMask);
        Assert.Equal([-100, 6, 0, 0, 0], Values(batch.Labels)[..5]);
    }

    [Theory]
    [InlineData(1, 2, 5)]
    [InlineData(4, 4, 8)]
    [InlineData(5, 5, 5)]
    public void Blocks_are_filled_with_learnt_end_tokens(int blockLength, int shortLength, int columns)
    {
        using var batch = Collate(new EndBlockCollator(new PadCollator(Pad), endId: 3, blockLength), Short, Long);

        Assert.Equal(columns, batch.Columns);
        Assert.Equal(shortLength - 2, Values(batch.Ids)[..columns].Count(id => id == 3));
        Assert.Equal(shortLength - 2, Values(batch.Labels)[..columns].Count(label => label == 3));
    }

    [Fact]
    public void Random_truncation_hides_and_ignores_one_common_end()
    {
        using var batch = Collate(new RandomTruncationCollator(new NoAttentionMaskCollator(new PadCollator(Pad)), ratio: 1), Long, Long);
        var kept = (int)Values(batch.AttentionMask)[..5].Sum();

        Assert.InRange(kept, 1, 5);
        Assert.Equal(Values(batch.AttentionMask)[..5], Values(batch.AttentionMask)[5..]);
        Assert.All(Values(batch.Labels)[kept..5], label => Assert.Equal(-100, label));
        Assert.Equal([7, 8, 9, 10, 11], Values(batch.Ids)[..5]);
    }

    [Fact]
    public void The_same_seed_cuts_the_same_and_a_ratio_of_zero_never_cuts()
    {
        var collator = new RandomTruncationCollator(new PadCollator(Pad), ratio: 0.5);
        using var first = new torch.Generator(3);
        using var second = new torch.Generator(3);
        for (var i = 0; i < 8; i++)
        {
            using var a = collator.Collate([Long], first);
            using var b = collator.Collate([Long], second);
            using var never = Collate(new RandomTruncationCollator(new PadCollator(Pad), ratio: 0), Long);
            Assert.Equal(Values(a.AttentionMask), Values(b.AttentionMask));
            Assert.Equal(5, Values(never.AttentionMask).Sum());
        }
    }

    [Fact]
    public void Responses_are_cut_to_one_of_the_batch_by_a_given_generator()
    {
        using var batch = Collate(new ResponseCutCollator(new PadCollator(Pad)), Short, Long);
        using var uncut = Collate(new ResponseCutCollator(new PadCollator(Pad)) { CutToOneResponse = false }, Short, Long);

        Assert.Contains(batch.Columns, new[] { 3, 5 });
        Assert.Equal(5, uncut.Columns);
        Assert.Throws<ArgumentException>(() => Collate(new ResponseCutCollator(new PadCollator(Pad)), Long with { PromptLength = null }));
    }

    [Fact]
    public void What_happens_to_a_row_with_a_stream_of_its_own_depends_on_no_other_row()
    {
        ICollator[] collators =
        [
            new RandomTruncationCollator(new PadCollator(Pad), ratio: 0.5),
            new ResponseCutCollator(new PadCollator(Pad)) { CutToOneResponse = false, CutRatio = 0.5 },
        ];
        foreach (var collator in collators)
        {
            var lengths = Enumerable.Range(0, 40).Select(seed =>
            {
                using var alone = collator.Collate([Long], NoiseSource.ByRow([seed]));
                using var beside = collator.Collate([Short, Long, Long], NoiseSource.ByRow([seed + 1, seed + 2, seed]));
                Assert.Equal(Values(alone.AttentionMask).Sum(), Values(beside.AttentionMask![2]).Sum());
                return Values(alone.AttentionMask).Sum();
            }).ToList();
            Assert.InRange(lengths.Count(length => length < 5), 5, 35);
        }
    }

    [Fact]
    public void The_response_to_cut_to_does_not_depend_on_the_order_of_rows()
    {
        var collator = new ResponseCutCollator(new PadCollator(Pad));
        var columns = Enumerable.Range(0, 20).Select(seed =>
        {
            using var one = collator.Collate([Short, Long], NoiseSource.ByRow([seed, seed + 100]));
            using var other = collator.Collate([Long, Short], NoiseSource.ByRow([seed + 100, seed]));
            Assert.Equal(one.Columns, other.Columns);
            return one.Columns;
        });
        Assert.Equal([3, 5], columns.Distinct().Order());
    }

    [Fact]
    public void Prepending_needs_a_token()
    {
        using var batch = Collate(new PrependBosCollator(new PadCollator(Pad), bosId: 2), Short);

        Assert.Equal([2, 5, 6], Values(batch.Ids));
        Assert.Equal([-100, -100, 6], Values(batch.Labels));
        Assert.Equal([1, 1, 1], Values(batch.AttentionMask));
        Assert.Throws<DllmException>(() => new PrependBosCollator(new PadCollator(Pad), null));
    }

    [Fact]
    public void Empty_batches_and_uneven_samples_are_programming_errors()
    {
        Assert.Throws<ArgumentException>(() => Collate(new PadCollator(Pad)));
        Assert.Throws<ArgumentException>(() => Collate(new PadCollator(Pad), new TokenizedSample([1, 2], [1])));
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        Assert.Throws<DllmException>(() => new EndBlockCollator(new PadCollator(Pad), 3, 0));
        Assert.Throws<DllmException>(() => new RandomTruncationCollator(new PadCollator(Pad), 1.5));
    }

    [Fact]
    public void Ids_and_labels_outside_the_vocabulary_are_told_with_their_place()
    {
        SampleChecks.RequireWithinVocabulary([Short, Long], 12);

        Assert.Contains("token id 11 at token 4 of sample 1", Refusal([Short, Long], 11));
        Assert.Contains("label -1 at token 0", Refusal([new([1], [-1])], 12));
        Assert.Contains("token id -100", Refusal([new([-100], [1])], 12));

        static string Refusal(TokenizedSample[] samples, int size)
            => Assert.Throws<DllmException>(() => SampleChecks.RequireWithinVocabulary(samples, size)).Message;
    }

    [Fact]
    public void A_loaded_batch_remembers_its_rows()
    {
        using var batch = new DataLoader([Short, Long], new PadCollator(Pad)).Load([1, 0], _generator);

        Assert.Equal([1, 0], batch.SampleIndices!);
        Assert.Equal(7, Values(batch.Ids)[0]);
    }

    [Fact]
    public void Collators_leave_no_tensor_behind()
    {
        ICollator[] collators =
        [
            new NoAttentionMaskCollator(new PadCollator(Pad)),
            new PrependBosCollator(new EndBlockCollator(new PadCollator(Pad), 3), 2),
            new RandomTruncationCollator(new NoAttentionMaskCollator(new PadCollator(Pad)), 1),
            new ResponseCutCollator(new PadCollator(Pad)) { CutToOneResponse = false, CutRatio = 1 },
        ];
        Run();
        var before = torch.Tensor.TotalCount;
        Run();
        Assert.Equal(before, torch.Tensor.TotalCount);

        void Run()
        {
            foreach (var collator in collators)
            {
                using var batch = Collate(collator, Long, Long, Long);
                using var copy = batch.To(torch.CPU);
            }
        }
    }
}
