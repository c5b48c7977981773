namespace Dllm.Tokenization.Templates;

/// <summary>
/// Searches for a text in another. The framework's search compares the whole of a long text at every place where its ends match;
/// here such comparisons are charged, so that no search outruns the limits of a rendering.
/// </summary>
internal static class TextSearch
{
    /// <summary>Up to this length the framework's search is linear in the text for all purposes.</summary>
    private const int Short = 32;

    public static bool Contains(string text, string part) => IndexOf(text, part, 0) >= 0;

    /// <summary>The first place of a part at or after <paramref name="start"/>, or -1.</summary>
    public static int IndexOf(string text, string part, int start)
    {
        var head = part.AsSpan(0, Math.Min(Short, part.Length));
        for (var from = start; ;)
        {
            var found = text.AsSpan(from).IndexOf(head);
            WorkMeter.ChargeReading(found < 0 ? text.Length - from : found);
            if (found < 0)
                return -1;
            if (HasRest(text, from + found, part))
                return from + found;
            from += found + 1;
        }
    }

    /// <summary>The last place of a part that ends at or before <paramref name="end"/>, or -1.</summary>
    public static int LastIndexOf(string text, string part, int end)
    {
        var head = part.AsSpan(0, Math.Min(Short, part.Length));
        var before = Math.Min(end, end - part.Length + head.Length); // where the head must end
        while (before >= head.Length)
        {
            var found = text.AsSpan(0, before).LastIndexOf(head);
            WorkMeter.ChargeReading(found < 0 ? before : before - found);
            if (found < 0)
                return -1;
            if (HasRest(text, found, part))
                return found;
            before = found + head.Length - 1;
        }
        return -1;
    }

    private static bool HasRest(string text, int at, string part)
    {
        if (part.Length <= Short)
            return true;
        var common = text.AsSpan(at + Short).CommonPrefixLength(part.AsSpan(Short));
        WorkMeter.Charge(1);
        WorkMeter.ChargeReading(common);
        return common == part.Length - Short;
    }
}
