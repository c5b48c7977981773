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
                names = hasHeader ? Names(path, line, values) : [.. values.Select((_, i) => $"{i}")];
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

    private static string[] Names(string path, int line, string[] values) => values.Distinct().Count() == values.Length
        ? values
        : throw new DllmException($"{path}, line {line}: the column '{values.GroupBy(name => name).First(same => same.Count() > 1).Key}' is named twice", "the first line has to name the columns");

    private static IEnumerable<(int Line, string[] Values)> Records(string path, char separator)
    {
        var values = new List<string>();
        var value = new StringBuilder();
        var quoted = false; // inside quotation marks, maybe since an earlier line
        var start = 1; // of the row
        var opened = 1; // where the last quotation mark was opened
        var letters = 0L; // of the row
        foreach (var (number, text) in LineReader.Lines(path))
        {
            if (quoted) value.Append('\n');
            else if (text.Length == 0) continue;
            else (start, letters) = (number, 0);
            letters += text.Length + 1;
            if (letters > TextBytes.LongestLine)
                throw Fault(opened, $"the quotation mark opened here is not closed within {TextBytes.LongestLine:N0} letters");

            var spans = quoted; // a value that began in an earlier line
            for (var i = 0; i < text.Length; i++)
            {
                var c = text[i];
                if (c == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
                {
                    value.Append(text[++i]);
                }
                else if (c == '"' && (quoted || value.Length == 0))
                {
                    quoted = !quoted;
                    if (quoted) opened = number;
                }
                else if (c == separator && !quoted)
                {
                    Take();
                    spans = false;
                }
                else if (spans && !quoted && c is not (' ' or '\t'))
                {
                    // Nearly always a mark that an earlier row forgot to close, whose rows would become one.
                    throw Fault(opened, $"the quotation mark opened here is closed in line {number}, in the middle of a value");
                }
                else
                {
                    value.Append(c);
                }
            }

            if (quoted) continue;
            Take();
            yield return (start, [.. values]);
            values.Clear();
        }

        if (quoted) throw Fault(opened, "a quotation mark is not closed that is opened here");

        void Take()
        {
            values.Add(value.ToString());
            value.Clear();
        }

        DllmException Fault(int line, string what) => new($"{path}, line {line}: {what}", "close it, or double it within a value");
    }
}
