using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>The weights of a checkpoint directory: one safetensors file, or several with an index that says which holds what.</summary>
public sealed class CheckpointReader : IDisposable
{
    internal const string SingleFile = "model.safetensors";
    internal const string IndexFile = "model.safetensors.index.json";

    /// <summary>The names of weights that are not read.</summary>
    internal static readonly string[] PickleFiles = ["pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt", "model.pth"];

    private readonly CheckpointManifest _manifest;
    private readonly Dictionary<string, SafetensorsFile> _files;

    private CheckpointReader(CheckpointManifest manifest, Dictionary<string, SafetensorsFile> files)
    {
        _manifest = manifest;
        _files = files;
    }

    /// <summary>The file that names every tensor, for messages.</summary>
    public string Source => _manifest.Source;

    /// <summary>Every tensor by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _manifest.Tensors;

    /// <summary>Opens the weights of a directory.</summary>
    /// <exception cref="DllmException">
    /// No weights are there, they are a pickle, or files are missing, truncated or broken: all of it in one message.
    /// </exception>
    public static CheckpointReader Open(string directory)
    {
        var manifest = CheckpointManifest.Read(directory);
        if (manifest.Faults.Count > 0)
            throw Faults.AsOne($"the weights of '{directory}' cannot be read", manifest.Faults);
        var files = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (var file in manifest.Files)
                files.Add(file.Name, SafetensorsFile.Open(Path.Combine(directory, file.Name)));
            return new CheckpointReader(manifest, files);
        }
        catch (DllmException)
        {
            foreach (var file in files.Values)
                file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor, as <see cref="SafetensorsFile.Read"/> does.</summary>
    public torch.Tensor Read(string name) => FileOf(name).Read(name);

    /// <summary>Copies a tensor's values into another, as <see cref="SafetensorsFile.ReadInto"/> does.</summary>
    public bool ReadInto(string name, torch.Tensor target) => FileOf(name).ReadInto(name, target);

    /// <summary>Whether every value of a tensor is finite; this reads all of it, once.</summary>
    public bool IsFinite(string name) => FileOf(name).IsFinite(name);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    /// <summary>What is said of weights that could run code.</summary>
    internal static DllmException PickleRefused(string what, string pickle) => new(
        $"{what} holds its weights as a pickle ({pickle}), which can run code when opened and is not read",
        "convert it once: in Python, AutoModel.from_pretrained(dir).save_pretrained(dir, safe_serialization=True)");

    private SafetensorsFile FileOf(string name) => _manifest.Holders.TryGetValue(name, out var file)
        ? _files[file]
        : throw new DllmException($"'{Source}' has no tensor '{name}'");
}
