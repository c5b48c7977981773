using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>What of which tasks is asked, and how.</summary>
public sealed record EvalOptions
{
    /// <summary>How prompts are put together.</summary>
    public PromptOptions Prompt { get; init; } = new();

    /// <summary>
    /// The first documents of each task only: a number of them from 1, or below 1 a share, rounded up; null is all. As the harness's
    /// <c>--limit</c>.
    /// </summary>
    public double? Limit { get; init; }

    /// <summary>Which part of the documents this process takes.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>Draws of a bootstrapped standard error; 0 for none. Default 100,000, the harness's.</summary>
    public int BootstrapIterations { get; init; } = 100_000;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="DllmException">One is out of range.</exception>
    public void Validate()
    {
        Prompt.Validate();
        if (Limit is { } limit && !(limit > 0 && double.IsFinite(limit)))
            throw new DllmException($"the limit is {limit}, but must be above 0", "give a number of documents, or below 1 a share of them");
        if (BootstrapIterations < 0)
            throw new DllmException($"the bootstrap iterations are {BootstrapIterations}, but at least 0 are needed", "0 leaves the errors out");
    }

    /// <summary>The documents of a task that are asked about: their places, ascending.</summary>
    public IEnumerable<int> Documents(int count) => Enumerable.Range(0, Limited(count)).Where(Shard.Has);

    /// <summary>How many of a task's documents the limit leaves.</summary>
    public int Limited(int count) => Limit switch
    {
        null => count,
        < 1 => (int)Math.Ceiling(count * Limit.Value),
        _ => (int)Math.Min(count, Math.Floor(Limit.Value)),
    };
}
