namespace Dllm.Cli.Display.Export;

/// <summary>
/// In which order the pieces of a line stand from left to right: those of Arabic, Hebrew and other scripts that are written from right to
/// left stand in reverse. A piece has one direction as a whole; those without letters go with their neighbours, else with the text.
/// </summary>
internal static class ReadingOrder
{
    /// <summary>Whether a text begins with a letter that is written from right to left.</summary>
    public static bool IsFromRight(IEnumerable<string> pieces) => pieces.Select(Direction).FirstOrDefault(direction => direction != 0) < 0;

    /// <summary>The indices of the pieces, from left to right.</summary>
    /// <param name="pieces">The pieces of a line, as they are read.</param>
    /// <param name="isFromRight">Whether the text as a whole is read from right to left.</param>
    public static int[] Of(IReadOnlyList<string> pieces, bool isFromRight)
    {
        int[] directions = Resolved([.. pieces.Select(Direction)], isFromRight ? -1 : 1);
        var order = new List<int>(directions.Length);
        for (int start = 0, end; start < directions.Length; start = end)
        {
            for (end = start + 1; end < directions.Length && directions[end] == directions[start];) end++;
            var run = Enumerable.Range(start, end - start);
            int[] shown = [.. directions[start] < 0 ? run.Reverse() : run];
            if (isFromRight) order.InsertRange(0, shown);
            else order.AddRange(shown);
        }

        return [.. order];
    }

    /// <summary>1 from left to right, -1 from right to left, 0 where there is no letter: by the first letter.</summary>
    private static int Direction(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is (>= 0x0590 and <= 0x08ff) or (>= 0xfb1d and <= 0xfdff) or (>= 0xfe70 and <= 0xfeff)
                or (>= 0x10800 and <= 0x10fff) or (>= 0x1e800 and <= 0x1efff)) return -1;
            if (System.Text.Rune.IsLetter(rune)) return 1;
        }

        return 0;
    }

    private static int[] Resolved(int[] directions, int ofText)
    {
        int[] resolved = [.. directions];
        for (int start = 0, end; start < directions.Length; start = end)
        {
            for (end = start + 1; end < directions.Length && (directions[start] == 0) == (directions[end] == 0);) end++;
            if (directions[start] != 0) continue;
            int before = start > 0 ? directions[start - 1] : ofText, behind = end < directions.Length ? directions[end] : ofText;
            Array.Fill(resolved, before == behind ? before : ofText, start, end - start);
        }

        return resolved;
    }
}
