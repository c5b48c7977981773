using System.Text.Json.Nodes;
using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Tasks;

/// <summary>The documents of a task's splits, prepared.</summary>
internal sealed class TaskDocuments(TaskDefinition definition, ITaskData data)
{
    private readonly JsonObject? _files = definition.DatasetOptions["data_files"] switch
    {
        JsonObject bySplit => bySplit,
        null => null,
        var all => new JsonObject { ["train"] = all.DeepClone() }, // as the datasets library names it
    };

    /// <summary>Where a split lies, for messages.</summary>
    public string Place(string split) => data.Place(definition.DatasetPath, definition.DatasetName, split, _files);

    /// <summary>Reads a split and applies <paramref name="process"/>.</summary>
    /// <exception cref="DllmException">It cannot be read, or has not what <paramref name="process"/> reads, or nothing at all.</exception>
    public IReadOnlyList<JsonObject> Read(string split, DocumentsFunction? process)
    {
        var rows = data.Rows(definition.DatasetPath, definition.DatasetName, split, _files);
        if (rows.Count == 0) throw Empty(split, "is empty");
        if (process is null) return rows;
        IReadOnlyList<JsonObject> documents;
        try
        {
            documents = process(rows);
        }
        catch (DllmException e)
        {
            throw new DllmException($"the task {definition.Name}, {Place(split)}: {e.Message}", innerException: e);
        }

        return documents.Count > 0 ? documents : throw Empty(split, "has no row that process_docs keeps");
    }

    private DllmException Empty(string split, string what) =>
        new($"the split '{split}' of the task {definition.Name} {what}: {Place(split)}", "check its data");
}
