namespace Dllm.Evaluation.Instructions;

/// <summary>
/// Cuts English text into sentences by the rules of Punkt (Kiss and Strunk, 2006): a stop followed by something ends one, unless it ends an
/// abbreviation, an initial, an ellipsis, or a number before a word in lower case. Closing quotes and brackets stay with what they close.
/// Punkt's statistics are learned; here are lists (<see cref="SentenceWords"/>), so rare abbreviations may differ.
/// </summary>
internal static class SentenceSplitter
{
    private const string Closing = "\"')]}\u2018\u2019\u201c\u201d\u00ab\u00bb";

    /// <summary>Where the sentences begin and end.</summary>
    public static IReadOnlyList<Range> Split(string text)
    {
        var end = text.AsSpan().TrimEnd().Length;
        var slices = new List<(int Start, int End)>();
        var start = 0;
        foreach (var stop in Stops(text))
        {
            if (!SentenceBreak.Ends(text[stop.Word..stop.At] + text[stop.At..stop.End])) continue;
            slices.Add((start, stop.At + 1));
            start = stop.Next;
        }

        slices.Add((start, end));
        return Realigned(text, slices);
    }

    // Of stops in one word the last (and one that the word begins with): where the word begins, the stop, where the next token begins and
    // ends.
    private static List<(int Word, int At, int Next, int End)> Stops(string text)
    {
        var stops = new List<(int Word, int At, int Next, int End)>();
        for (int i = 0, word = 0; i + 1 < text.Length; i++)
        {
            if (text[i] is ' ' or '\t' or '\n' or '\r' or '\v' or '\f') word = i + 1;
            if (text[i] is not ('.' or '?' or '!')) continue;
            int next = i + 1, end = i + 2;
            if (!SentenceBreak.Marks.Contains(text[next]))
            {
                if (!char.IsWhiteSpace(text[next])) continue;
                while (next < text.Length && char.IsWhiteSpace(text[next])) next++;
                if (next == text.Length) break;
                end = next;
                while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
            }

            if (stops.Count > 0 && stops[^1].Word == word && stops[^1].At > word) stops.RemoveAt(stops.Count - 1);
            stops.Add((word, i, next, end));
        }

        return stops;
    }

    // Closing marks at the beginning of a sentence go to the one before.
    private static List<Range> Realigned(string text, List<(int Start, int End)> slices)
    {
        var result = new List<Range>();
        var shift = 0;
        for (var i = 0; i < slices.Count; i++)
        {
            var (start, end) = (slices[i].Start + shift, slices[i].End);
            var marks = 0;
            shift = i + 1 < slices.Count ? ClosingLength(text, slices[i + 1].Start, slices[i + 1].End, out marks) : 0;
            if (marks > 0) result.Add(start..(slices[i + 1].Start + marks));
            else if (end > start) result.Add(start..end);
        }

        return result;
    }

    // The closing marks before a blank, two dashes or the end of the line, with the blanks behind them.
    private static int ClosingLength(string text, int start, int end, out int marks)
    {
        var at = start;
        while (at < end && Closing.Contains(text[at])) at++;
        marks = at - start;
        if (marks == 0) return 0;
        var blanks = at;
        while (blanks < end && char.IsWhiteSpace(text[blanks])) blanks++;
        if (blanks > at || at == end || (at + 1 < end && text[at] == '-' && text[at + 1] == '-')) return blanks - start;
        return marks = 0;
    }
}
