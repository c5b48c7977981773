namespace Dllm.Evaluation;

/// <summary>Cuts generated text to the answer that is scored.</summary>
public static class AnswerText
{
    /// <summary>What stands in front of the end token's text and of the stop strings, each in its turn; empty stop strings do not count.</summary>
    /// <param name="text">As it was decoded.</param>
    /// <param name="end">The end token's text; empty or null for none.</param>
    /// <param name="until">The task's stop strings.</param>
    public static string Cut(string text, string? end, IEnumerable<string> until)
    {
        foreach (string stop in until.Prepend(end ?? "").Where(stop => stop.Length > 0))
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0) text = text[..at];
        }

        return text;
    }
}
