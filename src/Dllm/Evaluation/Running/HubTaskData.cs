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
    private readonly ConcurrentDictionary<string, Lazy<(HubSnapshot Snapshot, string? Readme)>> _snapshots = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<JsonObject> Rows(string datasetPath, string? datasetName, string split, JsonObject? dataFiles)
    {
        ArgumentNullException.ThrowIfNull(datasetPath);
        ArgumentNullException.ThrowIfNull(split);
        var reference = HubReference.TryParse(datasetPath, HubKind.Dataset) ?? throw new DllmException(
            $"'{datasetPath}' is no data set of a hub", "put its files below --data-dir, or name them in a data map");
        var (snapshot, readme) = _snapshots.GetOrAdd(datasetPath, _ => new(() => Open(reference))).Value;
        var files = HubSplit.Find(snapshot.Files.Keys, readme, datasetName, split);
        if (files.Count == 0)
        {
            throw new DllmException(
                $"the data set {datasetPath} has no file for the split '{split}'{(datasetName is null ? "" : $" of {datasetName}")}",
                $"it holds {string.Join(", ", snapshot.Files.Keys.Order(StringComparer.Ordinal).Take(8))}; name a local file in a data map");
        }

        string folder = Wait(snapshot.FetchAsync(files, progress, cancellationToken));
        return [.. files.SelectMany(file => LocalTaskData.Read(Path.Combine(folder, file))).Select(LocalTaskData.ToJson)];
    }

    private (HubSnapshot Snapshot, string? Readme) Open(HubReference reference)
    {
        var snapshot = Wait(hub.OpenAsync(reference, progress, cancellationToken));
        if (!snapshot.Files.ContainsKey(HubSplit.Readme)) return (snapshot, null);
        string folder = Wait(snapshot.FetchAsync([HubSplit.Readme], progress, cancellationToken));
        return (snapshot, PlainFile.ReadText(Path.Combine(folder, HubSplit.Readme)));
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
