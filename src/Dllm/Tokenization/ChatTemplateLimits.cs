namespace Dllm.Tokenization;

/// <summary>
/// Bounds on one rendering, so that a template from an unknown checkpoint can neither hang nor exhaust the process.
/// The defaults are far above what real templates need.
/// </summary>
public sealed record ChatTemplateLimits
{
    /// <summary>
    /// Steps of the evaluator plus characters and list items produced, plus an eighth of the characters read, at least 1. Default
    /// 50 million: a few seconds and some hundred megabytes at worst; a conversation of a hundred thousand tokens needs less than a tenth.
    /// </summary>
    public long MaxWork { get; init; } = 50_000_000;

    /// <summary>Nesting of tags and expressions in the source, and of calls and expressions while rendering, at least 1. Default 200.</summary>
    public int MaxDepth { get; init; } = 200;

    /// <summary>Time of one rendering by the clock, above zero. Default 5 seconds: it ends what the count of work does not foresee.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="DllmException">A limit is below 1, or the time not above zero.</exception>
    public void Validate()
    {
        if (MaxWork < 1)
            throw new DllmException($"the chat template's work limit is {MaxWork}, at least 1 is needed");
        if (MaxDepth < 1)
            throw new DllmException($"the chat template's depth limit is {MaxDepth}, at least 1 is needed");
        if (MaxTime <= TimeSpan.Zero)
            throw new DllmException($"the chat template's time limit is {MaxTime}, more than zero is needed");
    }
}
