namespace Dllm.Tokenization.Templates;

/// <summary>
/// Stable sorting by Python's <c>&lt;</c>. Written out because the framework's sorts wrap what a comparison throws, and a
/// comparison here may well be the template's mistake.
/// </summary>
internal static class PythonSort
{
    public static List<object?> Sort(IEnumerable<object?> items, Func<object?, object?> key, bool reverse = false)
    {
        var keyed = items.Select(item => (Key: key(item), Item: item)).ToArray();
        var buffer = new (object? Key, object? Item)[keyed.Length];
        for (var width = 1; width < keyed.Length; width *= 2)
        {
            for (var start = 0; start < keyed.Length; start += 2 * width)
                Merge(keyed, buffer, start, Math.Min(start + width, keyed.Length), Math.Min(start + (2 * width), keyed.Length), reverse);
            (keyed, buffer) = (buffer, keyed);
        }
        return [.. keyed.Select(pair => pair.Item)];
    }

    private static void Merge(
        (object? Key, object? Item)[] from, (object? Key, object? Item)[] to, int start, int middle, int end, bool reverse)
    {
        var (left, right) = (start, middle);
        for (var i = start; i < end; i++)
        {
            var takeRight = left == middle || (right < end && ComesBefore(from[right].Key, from[left].Key, reverse));
            to[i] = takeRight ? from[right++] : from[left++];
        }
    }

    private static bool ComesBefore(object? candidate, object? other, bool reverse) =>
        (reverse ? PythonComparison.Order(other, candidate, "<") : PythonComparison.Order(candidate, other, "<")) < 0;
}
