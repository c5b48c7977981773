using Dllm.Sampling;

namespace Dllm.Cli.Commands;

/// <summary>Prompts that are sampled together.</summary>
/// <param name="First">How many prompts stand before them.</param>
/// <param name="Sampler">Writes.</param>
/// <param name="Canvas">The prompts and what is to be filled.</param>
internal sealed record PreparedBatch(int First, ISampler Sampler, Canvas Canvas)
{
    /// <summary>All batches, each checked: a prompt that cannot be sampled is told before the first is.</summary>
    /// <param name="what">What the user calls a prompt.</param>
    /// <param name="prompts">The prompts, as token ids.</param>
    /// <param name="size">The most prompts of a batch.</param>
    /// <param name="sampler">Makes the sampler of a batch, from the number of prompts before it.</param>
    /// <param name="canvas">Makes the canvas.</param>
    /// <exception cref="DllmException">The options do not fit a prompt, which is named where there are several.</exception>
    public static IReadOnlyList<PreparedBatch> Of(
        string what, IReadOnlyList<int[]> prompts, int size, Func<int, ISampler> sampler,
        Func<IReadOnlyList<IReadOnlyList<int>>, Canvas> canvas)
    {
        var batches = new List<PreparedBatch>();
        foreach (int[][] part in prompts.Chunk(size))
        {
            int first = batches.Count * size;
            var made = sampler(first);
            if (Fault(made, canvas, part) is { } fault)
            {
                // The widest may be at fault for all of a batch: what is told of one alone is told of that one.
                int guilty = Array.FindIndex(part, prompt => Fault(made, canvas, [prompt])?.Message == fault.Message);
                throw prompts.Count == 1 || guilty < 0
                    ? fault
                    : new DllmException($"{what} {first + guilty + 1}: {fault.Message}", remedy: null, fault);
            }

            batches.Add(new PreparedBatch(first, made, canvas(part)));
        }

        return batches;
    }

    private static DllmException? Fault(
        ISampler sampler, Func<IReadOnlyList<IReadOnlyList<int>>, Canvas> canvas, IReadOnlyList<int[]> prompts)
    {
        try
        {
            _ = sampler.Sample(canvas(prompts)); // checks at once; nothing is sampled until it is read
            return null;
        }
        catch (DllmException e)
        {
            return e;
        }
    }
}
