using System.Text.Json;

namespace Dllm.Data.Sources;

/// <summary>JSON lines: an object a line; empty lines are passed over.</summary>
public sealed class JsonLinesReader : IRowReader
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".jsonl", ".ndjson"];

    /// <inheritdoc/>
    public IEnumerable<DataRow> Read(string path) => LineReader.Lines(path)
        .Where(line => !string.IsNullOrWhiteSpace(line.Text))
        .Select(line => Row($"{path}, line {line.Number}", line.Text));

    private static DataRow Row(string place, string text)
    {
        try
        {
            using var document = JsonInput.Parse(text);
            return JsonReader.Row(document.RootElement, place);
        }
        catch (JsonException e)
        {
            throw new DllmException($"{place}: not valid JSON: {e.Message}", innerException: e);
        }
    }
}
