using System.Text.Json.Nodes;
using Dllm.Data;
using Dllm.Data.Sources;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>
/// Documents from a folder: where a <see cref="DataMap"/> says, else by convention in
/// <c>FOLDER/DATASET[/NAME]/SPLIT.{jsonl,jsonl.gz,json,parquet,csv,...}</c>, where DATASET is the data set's name with <c>__</c> for
/// <c>/</c>, or its last part.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="map">Where files lie that do not follow the convention, or null.</param>
/// <param name="next">Asked for what the folder does not have, such as a hub; null when there is nothing else.</param>
public sealed class LocalTaskData(string folder, DataMap? map = null, ITaskData? next = null) : ITaskData
{
    private static readonly string[] _loaders = ["json", "csv", "parquet", "text", "arrow"];

    /// <inheritdoc/>
    public IReadOnlyList<JsonObject> Rows(string datasetPath, string? datasetName, string split, JsonObject? dataFiles)
    {
        ArgumentNullException.ThrowIfNull(datasetPath);
        ArgumentNullException.ThrowIfNull(split);
        if (map?.Find(datasetPath, datasetName, split) is { } entry) return entry.Read(folder, datasetName);
        if (Named(datasetPath, split, dataFiles) is { } named) return [.. named.SelectMany(Read).Select(ToJson)];
        string[] wanted = Wanted(datasetPath, datasetName);
        if (Found(wanted, split) is { } file) return [.. Read(file).Select(ToJson)];
        if (next is not null) return next.Rows(datasetPath, datasetName, split, dataFiles);
        throw new DllmException(
            $"there are no data for the split '{split}' of {datasetPath}{(datasetName is null ? "" : $" ({datasetName})")}",
            $"put them into {Path.Combine(wanted[0], split)}.jsonl (or .jsonl.gz, .json, .parquet, .csv), or name the file in a data map");
    }

    /// <inheritdoc/>
    public string Place(string datasetPath, string? datasetName, string split, JsonObject? dataFiles) =>
        map?.Find(datasetPath, datasetName, split)?.PathIn(folder, datasetName)
        ?? (Named(datasetPath, split, dataFiles) is { } named ? string.Join(", ", named) : null)
        ?? Found(Wanted(datasetPath, datasetName), split)
        ?? $"{datasetPath}{(datasetName is null ? "" : $" ({datasetName})")}, split {split}";

    // The files that a task names itself for a loader such as json: below the folder of data, else from the working folder.
    private string[]? Named(string datasetPath, string split, JsonObject? dataFiles)
    {
        if (!_loaders.Contains(datasetPath) || dataFiles?[split] is not { } names) return null;
        return [.. (names is JsonArray several ? several.Select(name => name?.ToString() ?? "") : [names.ToString()]).Select(name =>
            new[] { Path.Combine(folder, name), name }.FirstOrDefault(File.Exists) ?? throw new DllmException(
                $"the file {name}, which data_files names for the split '{split}', does not exist", "put it below --data-dir, or correct the task's data_files"))];
    }

    private string[] Wanted(string datasetPath, string? datasetName) => [.. Folders(datasetPath, datasetName).Select(place => Path.Combine(folder, place))];

    private static string? Found(IEnumerable<string> wanted, string split) =>
        wanted.Where(Directory.Exists).SelectMany(place => Files(place, split)).FirstOrDefault();

    /// <summary>The rows of a file of any known format.</summary>
    internal static IEnumerable<DataRow> Read(string file) =>
        (RowReaders.All.FirstOrDefault(reader => reader.Extensions.Contains(DataFile.Extension(file))) ?? throw new DllmException(
            $"the format of {file} is not known", $"files may end in {string.Join(", ", RowReaders.All.SelectMany(r => r.Extensions))}"))
        .Read(file);

    /// <summary>A row as tasks read it.</summary>
    internal static JsonObject ToJson(DataRow row) => (JsonObject)Node(row.Values)!;

    private static IEnumerable<string> Folders(string path, string? name)
    {
        string[] sets = [.. new[] { path.Replace("/", "__"), path.Split('/')[^1] }.Distinct()];
        return name is null ? sets : [.. sets.Select(set => Path.Combine(set, name)), .. sets];
    }

    private static IEnumerable<string> Files(string place, string split) => Directory.EnumerateFiles(place, $"{split}.*")
        .Where(file => RowReaders.All.Any(reader => reader.Extensions.Contains(DataFile.Extension(file))))
        .Order(StringComparer.Ordinal);

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        IReadOnlyDictionary<string, object?> map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Node(pair.Value)))),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        long number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        System.Numerics.BigInteger number => JsonNode.Parse(number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        System.Collections.IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Node)]),
        _ => JsonValue.Create(value.ToString()),
    };
}
