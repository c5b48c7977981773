namespace Dllm.Data;

/// <summary>What a <see cref="LengthLimit"/> did with a sample.</summary>
public enum LengthVerdict
{
    /// <summary>It fits and stays as it was.</summary>
    Kept,

    /// <summary>Its end was cut off.</summary>
    Cut,

    /// <summary>It was dropped: longer than the limit (<see cref="Truncation.Filter"/>).</summary>
    TooLong,

    /// <summary>It was dropped: its prompt leaves no room for a response, or it has none.</summary>
    NoResponse,
}

/// <summary>Keeps samples within a length, after the original's <c>post_process_dataset</c>.</summary>
public sealed record LengthLimit
{
    /// <summary>Longest sample in tokens, 1 or more; default 1024.</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>
    /// Cut the end of longer samples (<see cref="Truncation.Right"/>, the default) or drop them (<see cref="Truncation.Filter"/>).
    /// </summary>
    public Truncation Truncation { get; init; } = Truncation.Right;

    /// <summary>
    /// Keeps samples whose prompt just fills the length, as the original does, though nothing is left of their response; default
    /// false: they are dropped.
    /// </summary>
    public bool KeepWithoutResponse { get; init; }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="DllmException">The length is below 1, or the truncation is <see cref="Truncation.Left"/>.</exception>
    public void Validate()
    {
        if (MaxLength < 1)
        {
            throw new DllmException($"the maximum length {MaxLength} is below 1");
        }

        if (Truncation is not (Truncation.Right or Truncation.Filter))
        {
            throw new DllmException(
                $"truncation {Truncation} would train responses without their prompt", "take Right (cut the end) or Filter (drop the row)");
        }
    }

    /// <summary>The sample as it may be trained on, or null if it is dropped.</summary>
    public TokenizedSample? Apply(TokenizedSample sample, out LengthVerdict verdict)
    {
        if (sample.PromptLength is { } prompt && !KeepWithoutResponse && prompt >= Math.Min(MaxLength, sample.Length))
        {
            verdict = LengthVerdict.NoResponse;
            return null;
        }

        if (Truncation == Truncation.Right && sample.PromptLength > MaxLength)
        {
            verdict = LengthVerdict.NoResponse;
            return null;
        }

        if (sample.Length <= MaxLength)
        {
            verdict = LengthVerdict.Kept;
            return sample;
        }

        if (Truncation == Truncation.Filter)
        {
            verdict = LengthVerdict.TooLong;
            return null;
        }

        verdict = LengthVerdict.Cut;
        return sample with
        {
            Ids = RowClipping.Clip(sample.Ids, MaxLength, Truncation),
            Labels = RowClipping.Clip(sample.Labels, MaxLength, Truncation),
        };
    }
}
