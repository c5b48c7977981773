using System.Text.Json.Nodes;
using Dllm.Data.Sources;

namespace Dllm.Evaluation.Running;

/// <summary>Where one split lies and how it is read; <c>{name}</c> in texts stands for the task's <c>dataset_name</c>.</summary>
public sealed record DataMapEntry
{
    private static readonly string[] Keys = ["dataset", "name", "split", "file", "records", "where", "rename", "rows", "format", "header"];

    /// <summary>Where the entry stands, for messages.</summary>
    public required string Origin { get; init; }

    /// <summary>The task's <c>dataset_path</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>The task's <c>dataset_name</c>; null fits all.</summary>
    public string? Name { get; init; }

    /// <summary>The split.</summary>
    public required string Split { get; init; }

    /// <summary>The file, relative to the folder of data.</summary>
    public required string File { get; init; }

    /// <summary>The key under which each JSON object of the file holds a list of rows; null where the objects are the rows.</summary>
    public string? Records { get; init; }

    /// <summary>Whether the file has examples of chains of thought (<c>format: cot-prompts</c>) rather than what its ending says.</summary>
    public bool IsChainOfThought { get; init; }

    /// <summary>Whether a table's first line names its columns (the default); without, they are <c>0</c>, <c>1</c>, ….</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>Columns and the values that kept rows have there.</summary>
    public IReadOnlyDictionary<string, string> Where { get; init; } = new Dictionary<string, string>();

    /// <summary>Columns and their new names.</summary>
    public IReadOnlyDictionary<string, string> Rename { get; init; } = new Dictionary<string, string>();

    /// <summary>The first row kept, from 0.</summary>
    public int First { get; init; }

    /// <summary>The row before which to stop; all when null.</summary>
    public int? End { get; init; }

    /// <summary>The file in a folder of data.</summary>
    internal string PathIn(string folder, string? name) => Path.Combine(folder, Fill(File, name));

    /// <summary>The rows.</summary>
    /// <param name="folder">The folder of data.</param>
    /// <param name="name">The task's <c>dataset_name</c>, or null.</param>
    /// <exception cref="DllmException">The file does not exist or is malformed, a column is missing, or no row is left.</exception>
    internal IReadOnlyList<JsonObject> Read(string folder, string? name)
    {
        var path = PathIn(folder, name);
        if (!System.IO.File.Exists(path))
            throw new DllmException($"{Origin}: there is no file {path}", "correct 'file', or give the folder of the data as --data-dir");
        var rows = IsChainOfThought ? ChainOfThoughtFile.Read(path)
            : (HasHeader ? LocalTaskData.Read(path) : new CsvReader(hasHeader: false).Read(path)).Select(LocalTaskData.ToJson);
        if (Records is not null) rows = rows.SelectMany(row => Inner(row, path));
        var kept = rows.Where(row => Where.All(pair => Column(row, pair.Key, path)?.ToString() == Fill(pair.Value, name))).Skip(First);
        JsonObject[] result = [.. (End is { } end ? kept.Take(end - First) : kept).Select(row => Renamed(row, path))];
        return result.Length > 0 ? result : throw new DllmException($"{Origin}: no row of {path} is left", "check 'where' and 'rows'");
    }

    /// <summary>Reads an entry.</summary>
    internal static DataMapEntry Parse(string origin, JsonObject? entry)
    {
        if (entry is null) throw new DllmException($"{origin} is no mapping", "write {dataset: a/b, split: test, file: c.jsonl}");
        if (entry.Select(pair => pair.Key).FirstOrDefault(key => !Keys.Contains(key)) is { } unknown)
            throw new DllmException($"{origin} has the key '{unknown}', which is not known", $"the keys are {string.Join(", ", Keys)}");
        int?[] rows = entry["rows"] switch
        {
            null => [0, null],
            JsonArray { Count: 2 } range when range.All(bound => int.TryParse(bound?.ToString(), out _)) =>
                [.. range.Select(bound => (int?)int.Parse(bound!.ToString(), System.Globalization.CultureInfo.InvariantCulture))],
            var other => throw new DllmException(
                $"{origin}: rows is {other.ToJsonString()}", "give the first row and the one to stop before: [0, 10]"),
        };
        if (rows[0] < 0 || rows[1] <= rows[0])
            throw new DllmException($"{origin}: rows is [{rows[0]}, {rows[1]}]", "the first is at least 0, the second greater than it");
        return new DataMapEntry
        {
            Origin = origin,
            Dataset = Required("dataset"),
            Name = entry["name"]?.ToString(),
            Split = Required("split"),
            File = Required("file"),
            Records = entry["records"]?.ToString(),
            IsChainOfThought = entry["format"]?.ToString() switch
            {
                null => false,
                "cot-prompts" => true,
                var other => throw new DllmException(
                    $"{origin}: the format '{other}' is not known", "the only one is cot-prompts"),
            },
            HasHeader = entry["header"]?.GetValueKind() != System.Text.Json.JsonValueKind.False,
            Where = Texts("where"),
            Rename = Texts("rename"),
            First = rows[0] ?? 0,
            End = rows[1],
        };

        string Required(string key) => entry[key]?.ToString()
            ?? throw new DllmException($"{origin} has no '{key}'", "every entry needs dataset, split and file");

        Dictionary<string, string> Texts(string key) => entry[key] switch
        {
            null => [],
            JsonObject map => map.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? ""),
            _ => throw new DllmException($"{origin}: '{key}' is no mapping", $"write {key}: {{column: value}}"),
        };
    }

    private static string Fill(string text, string? name) => text.Replace("{name}", name ?? "", StringComparison.Ordinal);

    private IEnumerable<JsonObject> Inner(JsonObject row, string path) => Column(row, Records!, path) is JsonArray list
        ? list.Select(item => item is JsonObject inner
            ? inner.DeepClone().AsObject()
            : throw new DllmException($"{Origin}: '{Records}' of {path} holds something that is no object"))
        : throw new DllmException($"{Origin}: '{Records}' of {path} is no list");

    private JsonObject Renamed(JsonObject row, string path)
    {
        if (Rename.Count == 0) return row;
        foreach (var column in Rename.Keys) _ = Column(row, column, path);
        return new JsonObject(
            row.Select(pair => KeyValuePair.Create(Rename.GetValueOrDefault(pair.Key, pair.Key), pair.Value?.DeepClone())));
    }

    private JsonNode? Column(JsonObject row, string column, string path) => row.TryGetPropertyValue(column, out var value)
        ? value
        : throw new DllmException(
            $"{Origin}: a row of {path} has no column '{column}'", $"its columns are {string.Join(", ", row.Select(p => p.Key))}");
}
