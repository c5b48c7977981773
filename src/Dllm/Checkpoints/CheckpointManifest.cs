namespace Dllm.Checkpoints;

/// <summary>A file of weights.</summary>
/// <param name="Name">Its name in the checkpoint's folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Tensors">How many tensors it holds.</param>
public sealed record CheckpointFile(string Name, long Bytes, int Tensors);

/// <summary>What the weights of a checkpoint are, from the headers of the files alone, and all that is wrong with them.</summary>
public sealed class CheckpointManifest
{
    private readonly Dictionary<string, TensorEntry> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _holders = new(StringComparer.Ordinal);
    private readonly List<CheckpointFile> _files = [];
    private readonly List<DllmException> _faults = [];

    private CheckpointManifest(string source) => Source = source;

    /// <summary>The file that names every tensor, for messages.</summary>
    public string Source { get; private set; }

    /// <summary>Every tensor by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _tensors;

    /// <summary>The name of the file that holds each tensor.</summary>
    public IReadOnlyDictionary<string, string> Holders => _holders;

    /// <summary>The files that could be read.</summary>
    public IReadOnlyList<CheckpointFile> Files => _files;

    /// <summary>All that is wrong: no weights, a pickle, missing, truncated or broken files, an index that is not true.</summary>
    public IReadOnlyList<DllmException> Faults => _faults;

    /// <summary>Reads the headers of a directory. It never throws for what it finds there: see <see cref="Faults"/>.</summary>
    public static CheckpointManifest Read(string directory)
    {
        var single = Path.Combine(directory, CheckpointReader.SingleFile);
        var index = Path.Combine(directory, CheckpointReader.IndexFile);
        if (File.Exists(single))
            return ReadSingle(single, _ => SafetensorsHeader.Read(single));
        return File.Exists(index)
            ? ReadSharded(index, shard => SafetensorsHeader.Read(Path.Combine(directory, shard)))
            : Without(directory);
    }

    /// <summary>The manifest of one file.</summary>
    /// <param name="source">What messages call it.</param>
    /// <param name="header">Gives the header of a file name.</param>
    internal static CheckpointManifest ReadSingle(string source, Func<string, SafetensorsHeader> header)
    {
        var manifest = new CheckpointManifest(source);
        foreach (var entry in manifest.ReadFile(CheckpointReader.SingleFile, header)?.Tensors.Values ?? [])
            manifest.Add(entry, CheckpointReader.SingleFile);
        return manifest;
    }

    /// <summary>The manifest of an index and its files.</summary>
    internal static CheckpointManifest ReadSharded(string indexPath, Func<string, SafetensorsHeader> header)
    {
        var manifest = new CheckpointManifest(indexPath);
        try
        {
            var index = CheckpointIndex.Load(indexPath);
            var headers = index.Shards.ToDictionary(shard => shard, shard => manifest.ReadFile(shard, header));
            var absent = new List<string>();
            foreach (var (name, shard) in index.Holders)
            {
                if (headers[shard] is not { } holder)
                    continue; // its file is a fault of its own
                if (holder.Tensors.TryGetValue(name, out var entry))
                    manifest.Add(entry, shard);
                else
                    absent.Add($"'{SafeText.Show(name)}' is in {shard}, where it is not");
            }

            if (absent.Count > 0)
                manifest._faults.Add(new($"'{indexPath}': weight_map says that {Dllm.Faults.List(absent)}", "fetch the files again"));
        }
        catch (DllmException error)
        {
            manifest._faults.Add(error);
        }

        return manifest;
    }

    private static CheckpointManifest Without(string directory)
    {
        var manifest = new CheckpointManifest(directory);
        var pickle = CheckpointReader.PickleFiles.FirstOrDefault(name => File.Exists(Path.Combine(directory, name)));
        manifest._faults.Add(pickle is not null
            ? CheckpointReader.PickleRefused($"'{directory}'", pickle)
            : new DllmException(
                Directory.Exists(directory)
                    ? $"'{directory}' holds neither {CheckpointReader.SingleFile} nor {CheckpointReader.IndexFile}"
                    : $"the folder '{directory}' does not exist",
                "give the folder of a Hugging Face checkpoint (it holds config.json and model.safetensors)"));
        return manifest;
    }

    private SafetensorsHeader? ReadFile(string name, Func<string, SafetensorsHeader> read)
    {
        try
        {
            var header = read(name);
            _files.Add(new CheckpointFile(name, header.FileLength, header.Tensors.Count));
            return header;
        }
        catch (DllmException error)
        {
            _faults.Add(error);
            return null;
        }
    }

    private void Add(TensorEntry entry, string file)
    {
        _tensors.Add(entry.Name, entry);
        _holders.Add(entry.Name, file);
    }
}
