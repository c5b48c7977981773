using System.Text;

namespace Dllm.Data.Sources;

/// <summary>
/// Plain text: a paragraph is a row with the one column <c>text</c>. It has its lines up to and with the empty lines that follow, so
/// that the rows of a file, one after the other, are the file with line feeds.
/// </summary>
public sealed class ParagraphReader : IRowReader
{
    private const int LongestRow = 1 << 24; // a longer paragraph is cut at a line's end, so that a file is never held in memory

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".txt"];

    /// <inheritdoc/>
    public IEnumerable<DataRow> Read(string path)
    {
        var paragraph = new StringBuilder();
        var ended = false;
        var start = 1;
        foreach (var (number, line) in LineReader.Lines(path))
        {
            var empty = string.IsNullOrWhiteSpace(line);
            if ((ended && !empty) || paragraph.Length >= LongestRow)
            {
                yield return Row(paragraph, path, start);
                start = number;
            }

            ended = empty && (ended || paragraph.Length > 0);
            paragraph.Append(line).Append('\n');
        }

        if (paragraph.Length > 0)
        {
            yield return Row(paragraph, path, start);
        }
    }

    private static DataRow Row(StringBuilder paragraph, string path, int line)
    {
        var text = paragraph.ToString();
        paragraph.Clear();
        return new DataRow(new Dictionary<string, object?> { ["text"] = text }) { Origin = $"{path}, line {line}" };
    }
}
