using System.Text.Json.Nodes;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>
/// A YAML file that says where the data sets of tasks lie: a list <c>data</c> of <see cref="DataMapEntry"/>s; the first that fits counts.
/// </summary>
public sealed class DataMap
{
    private readonly IReadOnlyList<DataMapEntry> _entries;

    private DataMap(IReadOnlyList<DataMapEntry> entries) => _entries = entries;

    /// <summary>Reads a map.</summary>
    /// <exception cref="DllmException">It cannot be read, or an entry lacks a key or has one that is not known.</exception>
    public static DataMap Open(string path)
    {
        var file = TaskYaml.Parse(path, PlainFile.ReadText(path, YamlText.MostBytes));
        return file.Values["data"] is JsonArray entries
            ? new DataMap([.. entries.Select((entry, i) => DataMapEntry.Parse($"{path}, entry {i + 1}", entry as JsonObject))])
            : throw new DllmException(
                $"the data map {path} has no list 'data'", "write entries such as - {dataset: a/b, split: test, file: c.jsonl}");
    }

    /// <summary>The entry for a split, or null.</summary>
    public DataMapEntry? Find(string dataset, string? name, string split) =>
        _entries.FirstOrDefault(entry => entry.Dataset == dataset && entry.Split == split && (entry.Name is null || entry.Name == name));
}
