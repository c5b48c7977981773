using System.Text;
using System.Text.Json;

namespace Dllm.Data.Sources;

/// <summary>The file formats that data sets can have. A new format is one reader and one row of this table.</summary>
public static class RowReaders
{
    /// <summary>Every reader there is.</summary>
    public static IReadOnlyList<IRowReader> All { get; } = [new JsonLines(), new PlainText()];

    private static IEnumerable<(int Number, string Text)> Lines(string path)
    {
        using var reader = new StreamReader(DataFile.OpenRead(path));
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            yield return (number, line);
        }
    }

    /// <summary>A JSON object a line.</summary>
    private sealed class JsonLines : IRowReader
    {
        public IReadOnlyList<string> Extensions { get; } = [".jsonl", ".ndjson"];

        public IEnumerable<DataRow> Read(string path)
            => Lines(path).Where(line => !string.IsNullOrWhiteSpace(line.Text)).Select(line => Row(path, line.Number, line.Text));

        private static DataRow Row(string path, int number, string text)
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                return document.RootElement.ValueKind == JsonValueKind.Object
                    ? JsonValues.Row(document.RootElement)
                    : throw new DllmException($"{path}, line {number}: not a JSON object");
            }
            catch (JsonException e)
            {
                throw new DllmException($"{path}, line {number}: not valid JSON: {e.Message}", innerException: e);
            }
        }
    }

    /// <summary>
    /// A paragraph is a row with the one column <c>text</c>: lines up to and with the empty lines that follow, so that the rows
    /// of a file, one after the other, are the file with line feeds.
    /// </summary>
    private sealed class PlainText : IRowReader
    {
        public IReadOnlyList<string> Extensions { get; } = [".txt"];

        public IEnumerable<DataRow> Read(string path)
        {
            var paragraph = new StringBuilder();
            var ended = false;
            foreach (var (_, line) in Lines(path))
            {
                var empty = string.IsNullOrWhiteSpace(line);
                if (ended && !empty)
                {
                    yield return Row(paragraph);
                }

                ended = empty && (ended || paragraph.Length > 0);
                paragraph.Append(line).Append('\n');
            }

            if (paragraph.Length > 0)
            {
                yield return Row(paragraph);
            }
        }

        private static DataRow Row(StringBuilder paragraph)
        {
            var text = paragraph.ToString();
            paragraph.Clear();
            return new DataRow(new Dictionary<string, object?> { ["text"] = text });
        }
    }
}
