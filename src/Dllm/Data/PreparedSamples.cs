namespace Dllm.Data;

/// <summary>Samples ready for training, with a count of what was left out and why.</summary>
/// <param name="Samples">The samples, in the order of the data set.</param>
public sealed record PreparedSamples(IReadOnlyList<TokenizedSample> Samples)
{
    /// <summary>Rows that were read.</summary>
    public int Read { get; init; }

    /// <summary>Samples kept with their end cut off.</summary>
    public int Cut { get; init; }

    /// <summary>Rows dropped for being longer than the limit.</summary>
    public int TooLong { get; init; }

    /// <summary>Rows dropped because their prompt fills the length, or their response is empty.</summary>
    public int NoResponse { get; init; }

    /// <summary>Conversations dropped because no message of the assistant answers another, or none says anything.</summary>
    public int NoAnswer { get; init; }

    /// <summary>Columns that held something and were not used, by name; bookkeeping such as <c>id</c> is left out.</summary>
    public IReadOnlyList<string> UnusedColumns { get; init; } = [];

    /// <summary>What the rows gave to the chat template and it does not show, by name: <c>tools</c>, <c>tool_calls</c>.</summary>
    public IReadOnlyList<string> NotInTemplate { get; init; } = [];

    /// <summary>What happened, in one line: "998 of 1,000 rows (1 without an answer, 1 …)".</summary>
    public string Summary
    {
        get
        {
            (int Count, string Reason)[] reasons =
            [
                (NoAnswer, "without an answer"), (NoResponse, "whose prompt leaves no room for a response"), (TooLong, "too long"),
                (Cut, "cut to the maximum length"),
            ];
            var told = reasons.Where(r => r.Count > 0).Select(r => FormattableString.Invariant($"{r.Count:N0} {r.Reason}")).ToArray();
            var head = FormattableString.Invariant($"{Samples.Count:N0} of {Read:N0} rows");
            return told.Length == 0 ? head : $"{head} ({string.Join(", ", told)})";
        }
    }

    /// <summary>This, if there is anything to train on.</summary>
    /// <param name="what">What the data set is for, for the message: "training", "test".</param>
    /// <exception cref="DllmException">No sample is left.</exception>
    public PreparedSamples RequireAny(string what) => Samples.Count > 0
        ? this
        : throw new DllmException(
            Read == 0 ? $"the {what} data set is empty" : $"nothing is left of the {what} data set: {Summary}",
            "check the data-set specification, the data's format and the maximum length");
}
