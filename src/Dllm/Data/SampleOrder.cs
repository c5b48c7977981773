using TorchSharp;

namespace Dllm.Data;

/// <summary>Orders in which an epoch visits its samples, in the original's random stream.</summary>
public static class SampleOrder
{
    /// <summary>A uniformly random order of 0…<paramref name="count"/>−1 (one <c>randperm</c> of the generator).</summary>
    public static int[] Shuffled(int count, torch.Generator generator)
    {
        using var permutation = torch.randperm(count, generator: generator);
        return Array.ConvertAll(permutation.data<long>().ToArray(), i => (int)i);
    }

    /// <summary>
    /// A random order in which neighbours are of like length, so that batches need little padding. As in transformers: a random order
    /// is cut into mega-batches, each sorted by falling length, and the longest sample of all goes first, so that running out
    /// of memory is seen at once.
    /// </summary>
    /// <param name="lengths">Length of each sample, in tokens.</param>
    /// <param name="batchSize">Samples a batch, 1 or more.</param>
    /// <param name="generator">Source of the one <c>randperm</c>.</param>
    /// <param name="megaBatchMultiple">
    /// Batches in a mega-batch; null (the default) takes a quarter of all batches, at least 1 and at most 50.
    /// </param>
    public static int[] LengthGrouped(IReadOnlyList<int> lengths, int batchSize, torch.Generator generator, int? megaBatchMultiple = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var multiple = megaBatchMultiple ?? Math.Clamp(lengths.Count / (batchSize * 4), 1, 50);
        var megaBatches = Shuffled(lengths.Count, generator)
            .Chunk(multiple * batchSize)
            .Select(chunk => chunk.OrderByDescending(i => lengths[i]).ToArray()) // stable, as the original's sort
            .ToArray();
        if (megaBatches.Length > 0)
        {
            var longest = Enumerable.Range(0, megaBatches.Length).MaxBy(m => lengths[megaBatches[m][0]]);
            (megaBatches[0][0], megaBatches[longest][0]) = (megaBatches[longest][0], megaBatches[0][0]);
        }

        return megaBatches.SelectMany(batch => batch).ToArray();
    }
}
