using System.Text;

namespace Dllm.Data.Sources;

/// <summary>
/// Tables with commas (<c>.csv</c>) or tabs (<c>.tsv</c>) between the values, as RFC 4180 writes them: the first line names the columns, a
/// value in quotation marks may hold line ends, and a doubled quotation mark in it is one. Every value is a text.
/// </summary>
/// <param name="hasHeader">Whether the first line names the columns; without, they are <c>0</c>, <c>1</c>, ….</param>
public sealed class CsvReader(bool hasHeader = true) : IRowReader
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".csv", ".tsv"];

    /// <inheritdoc/>
    public IEnumerable<DataRow> Read(string path)
    {
        string[]? names = null;
        foreach (var (line, values) in Records(path, DataFile.Extension(path) == ".tsv" ? '\t' : ','))
        {
            if (names is null)
            {
                values[0] = values[0].TrimStart('\ufeff');
                names = hasHeader ? Names(path, values) : [.. values.Select((_, i) => $"{i}")];
                if (hasHeader) continue;
            }

            if (values.Length != names.Length)
            {
                throw new DllmException(
                    $"{path}, line {line}: {values.Length} values for {names.Length} columns",
                    "put values with a comma in quotation marks");
            }

            var row = new Dictionary<string, object?>();
            for (var i = 0; i < names.Length; i++) row[names[i]] = values[i];
            yield return new DataRow(row) { Origin = $"{path}, line {line}" };
        }
    }

    private static string[] Names(string path, string[] values) => values.Distinct().Count() == values.Length
        ? values
        : throw new DllmException($"{path}, line 1: a column is named twice", "the first line has to name the columns");

    private static IEnumerable<(int Line, string[] Values)> Records(string path, char separator)
    {
        var values = new List<string>();
        var value = new StringBuilder();
        var quoted = false; // inside quotation marks, maybe since an earlier line
        var start = 1;
        foreach (var (number, text) in LineReader.Lines(path))
        {
            if (quoted) value.Append('\n');
            else if (text.Length == 0) continue;
            else start = number;

            for (var i = 0; i < text.Length; i++)
            {
                var c = text[i];
                if (c == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"') value.Append(text[++i]);
                else if (c == '"' && (quoted || value.Length == 0)) quoted = !quoted;
                else if (c == separator && !quoted) Take();
                else value.Append(c);
            }

            if (quoted) continue;
            Take();
            yield return (start, [.. values]);
            values.Clear();
        }

        if (quoted)
            throw new DllmException($"{path}, line {start}: a quotation mark is not closed", "close it, or double it within a value");

        void Take()
        {
            values.Add(value.ToString());
            value.Clear();
        }
    }
}
