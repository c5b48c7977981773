using System.Text.Json;

namespace Dllm.Data.Sources;

/// <summary>
/// JSON files: a list of objects; an object whose <c>data</c> or <c>rows</c> is such a list; or, as often found under this ending,
/// objects one after the other. Lists are read piece by piece, so a file may be larger than memory.
/// </summary>
public sealed class JsonReader : IRowReader
{
    private static readonly string[] ListKeys = ["data", "rows"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".json"];

    /// <inheritdoc/>
    public IEnumerable<DataRow> Read(string path)
    {
        using var stream = JsonText.Repair(DataFile.OpenRead(path));
        var isList = StartsWithList(path);
        using var values = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream, topLevelValues: !isList)
            .ToBlockingEnumerable().GetEnumerator();
        for (var number = 1; Next(values, path) is { } value; number++)
        {
            if (!isList && Rows(value) is { } rows)
            {
                foreach (var row in rows.EnumerateArray().Select((row, i) => Row(row, $"{path}, item {i + 1}")))
                {
                    yield return row;
                }
            }
            else
            {
                yield return Row(value, $"{path}, item {number}");
            }
        }
    }

    /// <summary>A row of a JSON object.</summary>
    /// <exception cref="DllmException">It is none.</exception>
    internal static DataRow Row(JsonElement value, string place) => value.ValueKind == JsonValueKind.Object
        ? JsonValues.Row(value) with { Origin = place }
        : throw new DllmException($"{place}: not a JSON object but {value.ValueKind.ToString().ToLowerInvariant()}");

    private static JsonElement? Rows(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var key in ListKeys)
        {
            if (value.TryGetProperty(key, out var list) && list.ValueKind == JsonValueKind.Array
                && list.EnumerateArray().All(row => row.ValueKind == JsonValueKind.Object))
            {
                return list;
            }
        }

        return null;
    }

    private static bool StartsWithList(string path)
    {
        using var reader = new StreamReader(DataFile.OpenRead(path));
        return LineReader.Guard(path, () =>
        {
            int next;
            do
            {
                next = reader.Read();
            }
            while (next >= 0 && char.IsWhiteSpace((char)next));
            return next == '[';
        });
    }

    private static JsonElement? Next(IEnumerator<JsonElement> values, string path)
    {
        try
        {
            return LineReader.Guard(path, () => values.MoveNext() ? values.Current : (JsonElement?)null);
        }
        catch (JsonException e)
        {
            throw new DllmException($"{path}, line {e.LineNumber + 1}: not valid JSON: {e.Message}", innerException: e);
        }
    }
}
