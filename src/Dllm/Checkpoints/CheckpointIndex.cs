namespace Dllm.Checkpoints;

/// <summary>The index of a sharded checkpoint: which file holds which tensor.</summary>
internal sealed class CheckpointIndex
{
    private CheckpointIndex(string source, IReadOnlyDictionary<string, string> holders)
    {
        Source = source;
        Holders = holders;
        Shards = [.. holders.Values.Distinct()];
    }

    /// <summary>Where it was read from, for messages.</summary>
    public string Source { get; }

    /// <summary>The file of each tensor, by the tensor's name.</summary>
    public IReadOnlyDictionary<string, string> Holders { get; }

    /// <summary>The files, each once: plain names beside the index.</summary>
    public IReadOnlyList<string> Shards { get; }

    /// <summary>Reads an index.</summary>
    /// <exception cref="DllmException">It is missing or malformed, or names a file elsewhere.</exception>
    public static CheckpointIndex Load(string path)
    {
        var json = JsonConfig.Load(path);
        var map = json.Section("weight_map") ?? throw json.Error("it has no weight_map", "fetch the file again");
        var index = new CheckpointIndex(path, map.Keys.ToDictionary(name => name, name => map.Text(name), StringComparer.Ordinal));
        var outside = index.Shards.FirstOrDefault(shard =>
            shard.Length == 0 || shard.IndexOfAny(['/', '\\', ':', '\0']) >= 0 || shard is "." or ".." || shard.Any(char.IsControl));
        return outside is null
            ? index
            : throw json.Error($"weight_map names '{SafeText.Show(outside)}', which is not a plain file name beside it");
    }
}
