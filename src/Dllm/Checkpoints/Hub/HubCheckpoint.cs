using System.Buffers.Binary;

namespace Dllm.Checkpoints.Hub;

/// <summary>Which files of a hub's repository are a checkpoint: safetensors, configuration and tokenizer; nothing that could run.</summary>
public static class HubCheckpoint
{
    private static readonly string[] Configurations = ["config.json", "generation_config.json"];

    private static readonly string[] TokenizerFiles =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja", "vocab.json",
        "merges.txt", "vocab.txt",
    ];

    /// <summary>Fetches configuration and tokenizer, and the weights unless they are not wanted.</summary>
    /// <param name="snapshot">The commit.</param>
    /// <param name="withWeights">Whether the weights are wanted.</param>
    /// <param name="progress">Told as bytes arrive.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    /// <returns>The folder, as <see cref="CheckpointReader.Open"/> takes it.</returns>
    /// <exception cref="DllmException">There are no safetensors, or the hub refuses or fails.</exception>
    public static async Task<string> FetchAsync(
        HubSnapshot snapshot, bool withWeights = true, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (withWeights && WeightsEntry(snapshot) is null)
            throw NoWeights(snapshot); // before anything is fetched
        var directory = await snapshot.FetchAsync(
            Configurations.Concat(TokenizerFiles).Where(snapshot.Files.ContainsKey), progress, cancellation).ConfigureAwait(false);
        return withWeights
            ? await snapshot.FetchAsync(
                await WeightsAsync(snapshot, progress, cancellation).ConfigureAwait(false), progress, cancellation).ConfigureAwait(false)
            : directory;
    }

    /// <summary>The files that hold the weights, the index fetched where there is one; none where there are no safetensors.</summary>
    public static async Task<IReadOnlyList<string>> WeightsAsync(
        HubSnapshot snapshot, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        switch (WeightsEntry(snapshot))
        {
            case null:
                return [];
            case CheckpointReader.SingleFile:
                return [CheckpointReader.SingleFile];
            case var index:
                var directory = await snapshot.FetchAsync([index], progress, cancellation).ConfigureAwait(false);
                return CheckpointIndex.Load(Path.Combine(directory, index)).Shards;
        }
    }

    /// <summary>
    /// What the weights are, from the headers of the files: they alone are read, not fetched into the cache, unless all of it is there.
    /// </summary>
    /// <exception cref="DllmException">The hub refuses or fails.</exception>
    public static async Task<CheckpointManifest> ReadManifestAsync(HubSnapshot snapshot, CancellationToken cancellation = default)
    {
        var files = await WeightsAsync(snapshot, null, cancellation).ConfigureAwait(false);
        if (files.Count == 0)
            throw NoWeights(snapshot);
        if (files.All(snapshot.Has))
            return CheckpointManifest.Read(snapshot.Directory);
        var starts = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in files.Where(snapshot.Files.ContainsKey))
            starts.Add(file, await ReadHeaderAsync(snapshot, file, cancellation).ConfigureAwait(false));
        return WeightsEntry(snapshot) == CheckpointReader.SingleFile
            ? CheckpointManifest.ReadSingle(CheckpointReader.SingleFile, Header)
            : CheckpointManifest.ReadSharded(Path.Combine(snapshot.Directory, CheckpointReader.IndexFile), Header);

        SafetensorsHeader Header(string file) => starts.TryGetValue(file, out var start)
            ? SafetensorsHeader.Read(new MemoryStream(start), file, snapshot.Files[file].Size ?? start.Length)
            : throw new DllmException($"'{SafeText.Show(file)}' is not in the repository {snapshot.Reference}", "choose another revision");
    }

    private static async Task<byte[]> ReadHeaderAsync(HubSnapshot snapshot, string file, CancellationToken cancellation)
    {
        const int Usual = 1 << 17; // most headers are smaller, and one request is faster than two
        var start = await snapshot.ReadStartAsync(file, Usual, cancellation).ConfigureAwait(false);
        var needed = start.Length < sizeof(ulong) ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(start) + sizeof(ulong);
        return needed > (ulong)start.Length && needed <= SafetensorsHeader.MaxHeader + sizeof(ulong)
            ? await snapshot.ReadStartAsync(file, (int)needed, cancellation).ConfigureAwait(false)
            : start; // a length beyond the bound is told as what it is by the reader
    }

    private static string? WeightsEntry(HubSnapshot snapshot) =>
        new[] { CheckpointReader.SingleFile, CheckpointReader.IndexFile }.FirstOrDefault(snapshot.Files.ContainsKey);

    private static DllmException NoWeights(HubSnapshot snapshot) =>
        CheckpointReader.PickleFiles.FirstOrDefault(snapshot.Files.ContainsKey) is { } pickle
            ? CheckpointReader.PickleRefused($"the model {snapshot.Reference}", pickle)
            : new DllmException(
                $"the model {snapshot.Reference} holds neither {CheckpointReader.SingleFile} nor {CheckpointReader.IndexFile}"
                + (snapshot.IsOffline ? " in the cache" : ""),
                snapshot.IsOffline ? "run once without --offline" : "choose a repository that holds a checkpoint");
}
