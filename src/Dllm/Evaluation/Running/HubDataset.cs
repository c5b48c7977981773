using Dllm.Checkpoints.Hub;
using Dllm.Data;

namespace Dllm.Evaluation.Running;

/// <summary>A data set of a hub: its files are fetched as they are read, into the cache that checkpoints share.</summary>
internal sealed class HubDataset
{
    private const long MostReadme = 4 << 20;

    private readonly HubSnapshot _snapshot;
    private readonly string? _readme;
    private readonly IProgress<HubProgress>? _progress;
    private readonly CancellationToken _cancellation;

    private HubDataset(HubSnapshot snapshot, string? readme, IProgress<HubProgress>? progress, CancellationToken cancellation) =>
        (_snapshot, _readme, _progress, _cancellation) = (snapshot, readme, progress, cancellation);

    /// <summary>Asks what the data set holds.</summary>
    /// <exception cref="DllmException">The hub refuses or fails.</exception>
    public static HubDataset Open(HubReference reference, HubClient hub, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        var snapshot = Wait(hub.OpenAsync(reference, progress, cancellation));
        if (!snapshot.Files.TryGetValue(HubSplit.Readme, out var readme) || readme.Size is null or > MostReadme) return new(snapshot, null, progress, cancellation);
        string folder = Wait(snapshot.FetchAsync([HubSplit.Readme], progress, cancellation));
        return new(snapshot, PlainFile.ReadText(Path.Combine(folder, HubSplit.Readme)), progress, cancellation);
    }

    /// <summary>The configurations, in order.</summary>
    public IReadOnlyList<string> Configurations => HubSplit.Configurations(_snapshot.Files.Keys, _readme);

    /// <summary>The rows of a split.</summary>
    /// <exception cref="DllmException">No file holds it; while reading: the hub fails, or a file is malformed.</exception>
    public IEnumerable<DataRow> Rows(string? configuration, string split)
    {
        var files = HubSplit.Find(_snapshot.Files.Keys, _readme, configuration, split);
        return files.Count > 0 ? Read(files) : throw NoFiles($"for the split '{split}'{(configuration is null ? "" : $" of {configuration}")}");
    }

    /// <summary>All splits.</summary>
    /// <exception cref="DllmException">There are none, or no such configuration; while reading: as <see cref="Rows"/>.</exception>
    public DatasetSplits<DataRow> Splits(string? configuration)
    {
        var splits = HubSplit.All(_snapshot.Files.Keys, _readme, configuration);
        return splits.Count > 0
            ? new(splits.Select(split => KeyValuePair.Create(split.Split, Read(split.Files))))
            : throw NoFiles("that can be read");
    }

    // Whoever takes the first rows only fetches the first files only.
    private IEnumerable<DataRow> Read(IReadOnlyList<string> files) => files.SelectMany(
        file => LocalTaskData.Read(Path.Combine(Wait(_snapshot.FetchAsync([file], _progress, _cancellation)), file)));

    private DllmException NoFiles(string what)
    {
        string[] held = [.. _snapshot.Files.Keys.Order(StringComparer.Ordinal)];
        bool isScript = held.Any(path => path.EndsWith(".py", StringComparison.Ordinal)) && !HubSplit.HasRows(held);
        string listed = held.Length == 0 ? "it holds none" : $"it holds {string.Join(", ", held.Take(8))}{(held.Length > 8 ? ", …" : "")}";
        return new(
            $"the data set {_snapshot.Reference} has no file {what}{(_snapshot.IsOffline ? " in the cache" : "")}",
            _snapshot.IsOffline ? $"{listed}; run once without --offline"
            : isScript ? $"its rows are made by a script, which is not run: try {_snapshot.Reference.Name}@refs/convert/parquet"
            : listed);
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
