using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>Where a task's documents come from: local files or the hub.</summary>
public interface ITaskData
{
    /// <summary>All rows of a split, in the data set's order.</summary>
    /// <param name="datasetPath">The task's <c>dataset_path</c>: a data set's name, or the name of a loader such as <c>json</c>.</param>
    /// <param name="datasetName">The task's <c>dataset_name</c> (a configuration of the data set), or null.</param>
    /// <param name="split">The split's name, such as <c>test</c>.</param>
    /// <param name="dataFiles">The task's <c>dataset_kwargs.data_files</c>, by split, or null.</param>
    /// <exception cref="DllmException">The data set or the split does not exist or cannot be read.</exception>
    IReadOnlyList<JsonObject> Rows(string datasetPath, string? datasetName, string split, JsonObject? dataFiles);

    /// <summary>Where a split's rows come from (a file), for messages; the data set's name where nothing nearer is known.</summary>
    /// <inheritdoc cref="Rows"/>
    string Place(string datasetPath, string? datasetName, string split, JsonObject? dataFiles) =>
        $"{datasetPath}{(datasetName is null ? "" : $" ({datasetName})")}, split {split}";
}
