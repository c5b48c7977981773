using System.Text.Json;
using Dllm.Data;
using TorchSharp;

namespace Dllm.Verification;

/// <summary>Which rows are held out, and in which order the others are visited.</summary>
internal sealed class SampleOrderVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["train_test_split", "sample_order", "data_order"];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Verify(VerificationCase c) => c.Kind switch
    {
        "train_test_split" => c.Json.Items("items").SelectMany(i => Split($"items[{i.Index}]", i.Item)),
        "sample_order" => c.Json.Items("length_grouped").Select(i => LengthGrouped($"length_grouped[{i.Index}]", i.Item))
            .Concat(c.Json.Items("randperm").Select(i => Shuffled($"randperm[{i.Index}]", i.Item))),
        _ => c.Json.Items("items").SelectMany(i => Epochs($"items[{i.Index}]", i.Item)),
    };

    private static IEnumerable<CheckResult> Split(string name, JsonElement item)
    {
        var split = TrainTestSplit.Random(item.Int("n"), item.GetProperty("test_size").GetDouble(), item.GetProperty("seed").GetUInt64());
        yield return CheckResult.EqualSequence($"{name}.test", item.GetProperty("test_indices").Ints(), split.Test);
        yield return CheckResult.EqualSequence($"{name}.train", item.GetProperty("train_indices").Ints(), split.Train);
    }

    private static CheckResult LengthGrouped(string name, JsonElement item)
    {
        using var generator = new torch.Generator(item.GetProperty("torch_seed").GetUInt64());
        var order = SampleOrder.LengthGrouped(
            item.GetProperty("lengths").Ints(), item.Int("batch_size"), generator, item.OptionalInt("mega_batch_mult"));
        return CheckResult.EqualSequence(name, item.GetProperty("expected").Ints(), order);
    }

    private static CheckResult Shuffled(string name, JsonElement item)
    {
        using var generator = new torch.Generator(item.GetProperty("torch_seed").GetUInt64());
        return CheckResult.EqualSequence(name, item.GetProperty("expected").Ints(), SampleOrder.Shuffled(item.Int("n"), generator));
    }

    private static IEnumerable<CheckResult> Epochs(string name, JsonElement item)
    {
        var lengths = item.GetProperty("lengths").Ints();
        var grouped = item.Bool("group_by_length");
        var schedule = new EpochSchedule
        {
            SampleCount = item.Int("rows"),
            BatchSize = item.Int("batch_size"),
            Seed = item.OptionalInt("data_seed") ?? item.Int("seed"),
            DropLast = item.Bool("drop_last"),
            Lengths = grouped ? lengths : null,
        };
        var expected = item.GetProperty("batches").IntRows();
        var epochs = Enumerable.Range(0, item.Int("epochs")).Select(schedule.Batches).ToArray();
        var actual = epochs.SelectMany(batches => batches).ToArray();
        yield return CheckResult.EqualSequence($"{name}.batch_sizes", Sizes(expected), Sizes(actual));
        if (!grouped)
        {
            yield return CheckResult.EqualSequence($"{name}.rows", [.. expected.SelectMany(b => b)], actual.SelectMany(b => b).ToArray());
            yield break;
        }

        // The original's order then depends on all that was drawn before, so only the grouping itself can be compared.
        foreach (var (epoch, batches) in epochs.Index())
        {
            var rows = batches.SelectMany(b => b).ToArray();
            yield return CheckResult.EqualSequence($"{name}.epoch{epoch}.all", [.. Enumerable.Range(0, lengths.Length)], rows.Order().ToArray());
            yield return CheckResult.Equal($"{name}.epoch{epoch}.longest_first", lengths.Max(), lengths[rows[0]]);

            // Bringing the longest to the front may change the first of one other batch.
            var ordered = batches.All(b => b.Skip(1).Zip(b.Skip(2)).All(p => lengths[p.First] >= lengths[p.Second]));
            yield return CheckResult.Exact($"{name}.epoch{epoch}.grouped", ordered, "a batch is not sorted by length");
        }
    }

    private static int[] Sizes(int[][] batches) => Array.ConvertAll(batches, batch => batch.Length);
}
