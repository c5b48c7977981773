using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>The weights of a checkpoint directory: one safetensors file, or several with an index that says which holds what.</summary>
public sealed class CheckpointReader : IDisposable
{
    internal const string SingleFile = "model.safetensors";
    internal const string IndexFile = "model.safetensors.index.json";

    private static readonly string[] PickleFiles = ["pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt", "model.pth"];

    private readonly IReadOnlyList<SafetensorsFile> _files;
    private readonly Dictionary<string, SafetensorsFile> _holders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorEntry> _tensors = new(StringComparer.Ordinal);

    private CheckpointReader(string source, IReadOnlyList<SafetensorsFile> files)
    {
        Source = source;
        _files = files;
    }

    /// <summary>The file that names every tensor, for messages.</summary>
    public string Source { get; }

    /// <summary>Every tensor by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _tensors;

    /// <summary>Opens the weights of a directory.</summary>
    /// <exception cref="DllmException">No weights are there, they are a pickle, or a file is missing, truncated or broken.</exception>
    public static CheckpointReader Open(string directory)
    {
        var single = Path.Combine(directory, SingleFile);
        if (File.Exists(single))
            return OpenSingle(single);
        var index = Path.Combine(directory, IndexFile);
        if (File.Exists(index))
            return OpenSharded(directory, index);
        if (PickleFiles.FirstOrDefault(name => File.Exists(Path.Combine(directory, name))) is { } pickle)
        {
            throw new DllmException(
                $"'{directory}' holds its weights as a pickle ({pickle}), which can run code when opened and is not read",
                "convert it once: in Python, AutoModel.from_pretrained(dir).save_pretrained(dir, safe_serialization=True)");
        }

        throw new DllmException(
            Directory.Exists(directory)
                ? $"'{directory}' holds neither {SingleFile} nor {IndexFile}"
                : $"the folder '{directory}' does not exist",
            "give the folder of a Hugging Face checkpoint (it holds config.json and model.safetensors)");
    }

    /// <summary>Reads a tensor, as <see cref="SafetensorsFile.Read"/> does.</summary>
    public torch.Tensor Read(string name) => _holders.TryGetValue(name, out var file)
        ? file.Read(name)
        : throw new DllmException($"'{Source}' has no tensor '{name}'");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private static CheckpointReader OpenSingle(string path)
    {
        var file = SafetensorsFile.Open(path);
        var reader = new CheckpointReader(path, [file]);
        foreach (var entry in file.Tensors.Values)
            reader.Add(entry, file);
        return reader;
    }

    private static CheckpointReader OpenSharded(string directory, string index)
    {
        var json = JsonConfig.Load(index);
        var map = json.Section("weight_map") ?? throw json.Error("it has no weight_map", "fetch the file again");
        var shards = map.Keys.Select(name => map.Text(name)).Distinct().ToList();
        if (shards.Find(shard => shard != Path.GetFileName(shard) || shard is "." or "..") is { } outside)
            throw json.Error($"weight_map names '{outside}', which is not a plain file name beside it");
        var files = new Dictionary<string, SafetensorsFile>();
        try
        {
            foreach (var shard in shards)
                files.Add(shard, SafetensorsFile.Open(Path.Combine(directory, shard)));
            var reader = new CheckpointReader(index, [.. files.Values]);
            foreach (var name in map.Keys)
            {
                var shard = map.Text(name);
                if (!files[shard].Tensors.TryGetValue(name, out var entry))
                    throw json.Error($"weight_map says that '{name}' is in {shard}, where it is not", "fetch the files again");
                reader.Add(entry, files[shard]);
            }

            return reader;
        }
        catch (DllmException)
        {
            foreach (var file in files.Values)
                file.Dispose();
            throw;
        }
    }

    private void Add(TensorEntry entry, SafetensorsFile file)
    {
        _tensors.Add(entry.Name, entry);
        _holders.Add(entry.Name, file);
    }
}
