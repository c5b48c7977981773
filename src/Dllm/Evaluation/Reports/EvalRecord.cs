namespace Dllm.Evaluation.Reports;

/// <summary>What a report says about a run besides its results: all that is needed to repeat it.</summary>
public sealed record EvalRecord
{
    /// <summary>The arguments behind <c>dllm</c>, as given.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The model as named.</summary>
    public required string Model { get; init; }

    /// <summary>The SHA-256 of the checkpoint's files.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The chat template's text where it was applied, or null.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>All settings by name, defaults included.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; }

    /// <summary>Versions of the program and its libraries, the system and the hardware, by name.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>What the model did; answers from a cache cost nothing.</summary>
    public EvalCounts Counts { get; init; }

    /// <summary>Requests in all.</summary>
    public int Requests { get; init; }

    /// <summary>Requests whose answers were in the cache.</summary>
    public int FromCache { get; init; }

    /// <summary>The time in which the model answered.</summary>
    public TimeSpan AnsweringTime { get; init; }

    /// <summary>The part of it in which it wrote texts.</summary>
    public TimeSpan GenerationTime { get; init; }
}
