using System.Text.Json.Nodes;
using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Tasks;

/// <summary>The documents of a task's split, prepared.</summary>
internal static class TaskDocuments
{
    /// <summary>Reads a split and applies <paramref name="process"/>.</summary>
    public static IReadOnlyList<JsonObject> Read(TaskDefinition definition, ITaskData data, string split, DocumentsFunction? process)
    {
        var rows = data.Rows(definition.DatasetPath, definition.DatasetName, split, definition.DatasetOptions["data_files"] as JsonObject);
        return process is null ? rows : process(rows);
    }
}
