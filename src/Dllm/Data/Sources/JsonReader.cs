using System.Text.Json;

namespace Dllm.Data.Sources;

/// <summary>
/// JSON files: a list of objects; an object whose <c>data</c> or <c>rows</c> is such a list; or, as often found under this ending,
/// objects one after the other. Lists are read piece by piece, so a file may be larger than memory.
/// </summary>
public sealed class JsonReader : IRowReader
{
    private const long LongestItem = 64 << 20; // of a list
    private const long LongestValue = 256 << 20; // of what may be an object with all rows

    private static readonly string[] ListKeys = ["data", "rows"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".json"];

    /// <inheritdoc/>
    public IEnumerable<DataRow> Read(string path)
    {
        var isList = StartsWithList(path);
        using var text = DataFile.OpenText(path, longestLine: int.MaxValue);
        using var stream = JsonInput.Repair(text);
        using var values = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream, topLevelValues: !isList)
            .ToBlockingEnumerable().GetEnumerator();
        for (var number = 1; Next(values, text, isList, path) is { } value; number++)
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
        ? new DataRow((IReadOnlyDictionary<string, object?>)JsonInput.Value(value)!) { Origin = place }
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
        using var text = DataFile.OpenText(path, longestLine: int.MaxValue);
        int next;
        do
        {
            next = text.ReadByte();
        }
        while (next is ' ' or '\t' or '\r' or '\n');
        return next == '[';
    }

    private static JsonElement? Next(IEnumerator<JsonElement> values, TextBytes text, bool isList, string path)
    {
        text.Allow(isList ? LongestItem : LongestValue);
        try
        {
            return values.MoveNext() ? values.Current : null;
        }
        catch (JsonException e)
        {
            throw new DllmException($"{path}, line {e.LineNumber + 1}: not valid JSON: {e.Message}", innerException: e);
        }
    }
}
