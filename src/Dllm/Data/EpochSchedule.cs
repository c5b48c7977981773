using TorchSharp;

namespace Dllm.Data;

/// <summary>
/// Which samples make up each batch of each epoch. Every epoch has a generator of its own, seeded with <see cref="Seed"/> + epoch, so
/// any epoch can be replayed alone: that is what exact resume needs. The original groups by length with the global generator
/// instead, whose state nobody can name; here grouping is as reproducible as plain shuffling.
/// </summary>
public sealed record EpochSchedule
{
    /// <summary>Number of samples in the data set, 1 or more.</summary>
    public required int SampleCount { get; init; }

    /// <summary>Samples a batch, 1 or more; default 4 (the original's).</summary>
    public int BatchSize { get; init; } = 4;

    /// <summary>
    /// Batches that make up one optimiser step, 1 (the default) or more: rows of like length are sought for all of them together, as in the
    /// original, so that a step has the same rows however they are cut into batches.
    /// </summary>
    public int BatchesPerStep { get; init; } = 1;

    /// <summary>Seed of epoch 0 (the original's data seed, or its training seed where that is not given); default 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Whether a last batch of fewer samples is left out; default false.</summary>
    public bool DropLast { get; init; }

    /// <summary>Length of each sample, to group batches by like length; null (the default) shuffles plainly.</summary>
    public IReadOnlyList<int>? Lengths { get; init; }

    /// <summary>Whether samples are shuffled at all; default true. False visits them in order, as evaluation does.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Number of batches in an epoch.</summary>
    public int BatchesPerEpoch => DropLast ? SampleCount / BatchSize : ((SampleCount - 1) / BatchSize) + 1;

    /// <summary>
    /// The samples of each batch of <paramref name="epoch"/> (counted from 0), in order. The first step grouped by length holds
    /// the longest sample, so that too little memory shows at once; the others come in random order. (The original visits them from long to
    /// short, 50 at a time, and a model trained so sees one kind of text for many steps on end.)
    /// </summary>
    /// <exception cref="DllmException">The data set is empty, or holds less than one batch and the rest is dropped.</exception>
    public IReadOnlyList<int[]> Batches(int epoch)
    {
        Validate();
        using var generator = new torch.Generator((ulong)((long)Seed + epoch));
        int[] order = Order(generator);
        if (Shuffle && Lengths is not null) order = ShuffleSteps(order, generator);
        return [.. order.Chunk(BatchSize).Where(b => !DropLast || b.Length == BatchSize)];
    }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="DllmException">The data set is empty, the batch size is below 1, or lengths are not one a sample.</exception>
    public void Validate()
    {
        if (SampleCount < 1)
        {
            throw new DllmException("the training data set is empty", "check the data-set specification and how many rows were dropped");
        }

        if (BatchSize < 1)
        {
            throw new DllmException($"batch size {BatchSize} is below 1");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(BatchesPerStep, 1);
        if (DropLast && SampleCount < BatchSize)
        {
            throw new DllmException(
                $"{SampleCount} samples do not fill one batch of {BatchSize}, and an incomplete batch is dropped",
                "take a smaller batch size or keep the last batch");
        }

        if (Lengths is { } lengths && lengths.Count != SampleCount)
        {
            throw new ArgumentException($"{lengths.Count} lengths were given for {SampleCount} samples");
        }
    }

    private int RowsPerStep => (int)Math.Min((long)BatchSize * BatchesPerStep, SampleCount);

    private int[] ShuffleSteps(int[] order, torch.Generator generator)
    {
        int full = SampleCount / RowsPerStep; // a smaller last step stays the last
        if (full < 2) return order;
        var steps = order.Chunk(RowsPerStep).ToArray();
        int[][] others = [.. SampleOrder.Shuffled(full - 1, generator).Select(i => steps[i + 1])];
        others.CopyTo(steps, 1);
        return [.. steps.SelectMany(step => step)];
    }

    private int[] Order(torch.Generator generator)
    {
        if (!Shuffle)
        {
            return [.. Enumerable.Range(0, SampleCount)];
        }

        return Lengths is null
            ? SampleOrder.Shuffled(SampleCount, generator)
            : SampleOrder.LengthGrouped(Lengths, RowsPerStep, generator);
    }
}
