using System.Collections.Concurrent;
using Dllm.Checkpoints.Hub;
using Dllm.Data;
using Dllm.Data.Sources;

namespace Dllm.Evaluation.Running;

/// <summary>
/// Data sets to train on: files and folders, and for names that are none (<c>owner/name[@revision]</c>, a data set's page) those of a hub,
/// fetched as for evaluation, file after file as rows are read.
/// </summary>
/// <param name="local">Files and folders, which win.</param>
/// <param name="hub">The hub; not owned.</param>
/// <param name="progress">Told as bytes arrive; null tells nobody.</param>
/// <param name="cancellationToken">Stops a download; what has arrived is kept.</param>
public sealed class HubDatasets(
    LocalDatasets local, HubClient hub, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default) : IDatasetCatalog
{
    private readonly ConcurrentDictionary<string, Lazy<HubDataset>> _opened = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public DatasetSplits<DataRow> Open(string name, string? configuration) =>
        Find(name) is { } found ? At(name, () => found.Splits(configuration)) : local.Open(name, configuration);

    /// <inheritdoc/>
    public IReadOnlyList<string> Configurations(string name) => Find(name)?.Configurations ?? local.Configurations(name);

    private HubDataset? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (local.Has(name) || HubReference.TryParse(name, HubKind.Dataset) is not { } reference)
        {
            return !HubReference.IsAddress(name) ? null : throw new DllmException(
                $"'{name}' is not the address of a data set's page", "give https://HUB/datasets/owner/name[/tree/revision], or owner/name[@revision]");
        }

        // A file that is not there is a mistake in its name, not a data set of that name.
        if (RowReaders.All.Any(reader => reader.Extensions.Contains(DataFile.Extension(name)))) return null;
        return _opened.GetOrAdd(name, _ => new(() => Ask(name, reference))).Value;
    }

    private HubDataset Ask(string name, HubReference reference)
    {
        try
        {
            return HubDataset.Open(reference, hub, progress, cancellationToken);
        }
        catch (DllmException error) when (error is HubNotFoundException or HubUnreachableException && reference.Endpoint is null)
        {
            throw new DllmException($"there is no data set '{name}': no such file or folder, and {error.Message}", innerException: error);
        }
    }

    private static T At<T>(string name, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DllmException error) when (!error.Message.Contains(name, StringComparison.Ordinal))
        {
            throw new DllmException($"{name}: {error.Message}", innerException: error);
        }
    }
}
