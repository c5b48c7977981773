using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dllm.Checkpoints.Hub;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>Documents from data sets of a hub, by way of the cache that checkpoints share. Files are fetched when a task wants them.</summary>
/// <param name="hub">The hub; not owned.</param>
/// <param name="progress">Told as bytes arrive; null tells nobody.</param>
/// <param name="cancellationToken">Stops a download; what has arrived is kept.</param>
public sealed class HubTaskData(HubClient hub, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default) : ITaskData
{
    private readonly ConcurrentDictionary<string, Lazy<HubDataset>> _opened = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<JsonObject> Rows(string datasetPath, string? datasetName, string split, JsonObject? dataFiles)
    {
        ArgumentNullException.ThrowIfNull(datasetPath);
        ArgumentNullException.ThrowIfNull(split);
        var reference = HubReference.TryParse(datasetPath, HubKind.Dataset) ?? throw new DllmException(
            $"'{datasetPath}' is no data set of a hub", "put its files below --data-dir, or name them in a data map");
        var opened = _opened.GetOrAdd(datasetPath, _ => new(() => Open(reference, split))).Value;
        return [.. opened.Rows(datasetName, split).Select(LocalTaskData.ToJson)];
    }

    private HubDataset Open(HubReference reference, string split)
    {
        try
        {
            return HubDataset.Open(reference, hub, progress, cancellationToken);
        }
        catch (DllmException error) when (error is HubNotFoundException or HubUnreachableException)
        {
            string folder = reference.Name.Replace("/", "__", StringComparison.Ordinal);
            throw new DllmException(
                $"there are no data for the split '{split}' of {reference}, and {error.Message}; or put them into {Path.Combine("data", folder, split)}.jsonl", innerException: error);
        }
    }
}
