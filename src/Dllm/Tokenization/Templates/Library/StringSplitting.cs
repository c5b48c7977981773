namespace Dllm.Tokenization.Templates;

/// <summary>Python's ways to cut text into parts.</summary>
internal static class StringSplitting
{
    /// <summary>Cuts at most <paramref name="limit"/> times (any number when negative); at runs of whitespace without a separator.</summary>
    public static List<object?> Split(string text, string? separator, int limit)
    {
        if (separator is null)
            return SplitAtWhitespace(text, limit);
        RequireSeparator(separator);
        List<object?> parts = [];
        var start = 0;
        while (limit != 0)
        {
            var next = TextSearch.IndexOf(text, separator, start);
            if (next < 0)
                break;
            parts.Add(text[start..next]);
            start = next + separator.Length;
            limit--;
        }
        parts.Add(text[start..]);
        return parts;
    }

    public static List<object?> SplitFromEnd(string text, string? separator, int limit)
    {
        if (separator is null)
            return SplitAtWhitespaceFromEnd(text, limit);
        RequireSeparator(separator);
        List<object?> parts = [];
        var end = text.Length;
        while (limit != 0)
        {
            var previous = TextSearch.LastIndexOf(text, separator, end);
            if (previous < 0)
                break;
            parts.Add(text[(previous + separator.Length)..end]);
            end = previous;
            limit--;
        }
        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }

    public static List<object?> SplitLines(string text, bool keepEnds)
    {
        List<object?> lines = [];
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !EndsLine(text[end]))
                end++;
            var next = end;
            if (next < text.Length)
                next += text[next] == '\r' && next + 1 < text.Length && text[next + 1] == '\n' ? 2 : 1;
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }
        return lines;
    }

    public static TupleValue Partition(string text, string separator, bool fromEnd)
    {
        RequireSeparator(separator);
        var index = fromEnd ? TextSearch.LastIndexOf(text, separator, text.Length) : TextSearch.IndexOf(text, separator, 0);
        if (index < 0)
            return fromEnd ? new TupleValue("", "", text) : new TupleValue(text, "", "");
        return new TupleValue(text[..index], separator, text[(index + separator.Length)..]);
    }

    private static List<object?> SplitAtWhitespace(string text, int limit)
    {
        List<object?> parts = [];
        var start = SkipWhitespace(text, 0);
        while (start < text.Length)
        {
            if (limit-- == 0)
            {
                parts.Add(text[start..]);
                break;
            }
            var end = start;
            while (end < text.Length && !PythonText.IsWhitespace(text[end]))
                end++;
            parts.Add(text[start..end]);
            start = SkipWhitespace(text, end);
        }
        return parts;
    }

    private static List<object?> SplitAtWhitespaceFromEnd(string text, int limit)
    {
        List<object?> parts = [];
        var end = SkipWhitespaceBefore(text, text.Length);
        while (end > 0)
        {
            if (limit-- == 0)
            {
                parts.Add(text[..end]);
                break;
            }
            var start = end;
            while (start > 0 && !PythonText.IsWhitespace(text[start - 1]))
                start--;
            parts.Add(text[start..end]);
            end = SkipWhitespaceBefore(text, start);
        }
        parts.Reverse();
        return parts;
    }

    private static int SkipWhitespace(string text, int position)
    {
        while (position < text.Length && PythonText.IsWhitespace(text[position]))
            position++;
        return position;
    }

    private static int SkipWhitespaceBefore(string text, int position)
    {
        while (position > 0 && PythonText.IsWhitespace(text[position - 1]))
            position--;
        return position;
    }

    private static bool EndsLine(char c) => c is (>= '\n' and <= '\r') or (>= '\u001c' and <= '\u001e') or '\u0085' or '\u2028' or '\u2029';

    private static void RequireSeparator(string separator)
    {
        if (separator.Length == 0)
            throw TemplateFault.Value("empty separator");
    }
}
