namespace Dllm;

/// <summary>Several mistakes of the user, found together: whoever mends one wants to know of the others.</summary>
internal static class Faults
{
    /// <summary>At most so many things are spelled out in one list.</summary>
    private const int Listed = 12;

    /// <summary>One error that tells all of them; a single one is itself.</summary>
    /// <param name="what">What they are about, for the beginning of the message.</param>
    /// <param name="faults">At least one.</param>
    public static DllmException AsOne(string what, IReadOnlyList<DllmException> faults) => faults.Count == 1
        ? faults[0]
        : new DllmException(
            $"{what}: {faults.Count} things are wrong: {string.Join("; ", faults.Select((fault, i) => $"({i + 1}) {fault.Message}"))}",
            innerException: faults[0]);

    /// <summary>A list for a message, cut where it is long.</summary>
    public static string List(IReadOnlyCollection<string> items) =>
        string.Join("; ", items.Take(Listed)) + (items.Count > Listed ? $"; and {items.Count - Listed} more" : "");
}
