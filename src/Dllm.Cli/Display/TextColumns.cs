namespace Dllm.Cli.Display;

/// <summary>Rows in columns that fit: all but the last as wide as they need, the last cut at the width.</summary>
internal static class TextColumns
{
    private const string Gap = "  ";
    private const int Most = 48; // of a column that is not the last

    /// <summary>The lines.</summary>
    /// <param name="rows">Cells, as many in each row.</param>
    /// <param name="width">The columns of the screen; null cuts nothing, as for a pipe.</param>
    public static IEnumerable<string> Of(IReadOnlyList<string[]> rows, int? width)
    {
        if (rows.Count == 0) yield break;
        int[] widths = [.. Enumerable.Range(0, rows[0].Length - 1).Select(column => Math.Min(Most, rows.Max(row => VisibleText.Line(row[column]).Length)))];
        foreach (var row in rows)
        {
            string line = string.Join(Gap, row.Select((cell, column) => VisibleText.Line(cell) is var text && column < widths.Length ? text.PadRight(widths[column]) : text)).TrimEnd();
            yield return width is { } most && line.Length > most ? line[..(most - 1)] + "…" : line;
        }
    }
}
