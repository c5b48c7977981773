using System.Globalization;
using System.Text.Json.Nodes;
using TorchSharp;

namespace Dllm.Checkpoints;

/// <summary>Writes weights as Python's transformers does: one file, or shards with an index where they are large.</summary>
public static class CheckpointWriter
{
    /// <summary>The size of a shard's tensors by default: 5 GB, as in transformers.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    /// <summary>
    /// Writes the tensors into a directory; each file is written aside, then renamed. Weights of an earlier save are removed once the new
    /// ones are whole.
    /// </summary>
    /// <param name="directory">An existing folder.</param>
    /// <param name="tensors">The tensors by name; shared ones once.</param>
    /// <param name="shardBytes">The most bytes of tensors in one file, unless one tensor alone has more.</param>
    public static void SaveWeights(string directory, IReadOnlyDictionary<string, torch.Tensor> tensors, long shardBytes = DefaultShardBytes)
    {
        var earlier = WeightFiles(directory);
        var shards = Split(tensors, shardBytes);
        var written = shards.Count == 1
            ? WriteSingle(directory, shards[0])
            : WriteShards(directory, shards);
        foreach (var stale in earlier.Except(written))
            File.Delete(Path.Combine(directory, stale));
    }

    private static List<Dictionary<string, torch.Tensor>> Split(IReadOnlyDictionary<string, torch.Tensor> tensors, long shardBytes)
    {
        var shards = new List<Dictionary<string, torch.Tensor>> { new() };
        long filled = 0;
        foreach (var (name, tensor) in tensors)
        {
            var bytes = tensor.numel() * tensor.element_size();
            if (filled > 0 && filled + bytes > shardBytes)
            {
                shards.Add([]);
                filled = 0;
            }

            shards[^1].Add(name, tensor);
            filled += bytes;
        }

        return shards;
    }

    private static List<string> WriteSingle(string directory, Dictionary<string, torch.Tensor> tensors)
    {
        SafetensorsWriter.Write(Path.Combine(directory, CheckpointReader.SingleFile), tensors, Metadata);
        return [CheckpointReader.SingleFile];
    }

    private static List<string> WriteShards(string directory, List<Dictionary<string, torch.Tensor>> shards)
    {
        var map = new JsonObject();
        var written = new List<string>();
        long total = 0;
        for (var i = 0; i < shards.Count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors");
            SafetensorsWriter.Write(Path.Combine(directory, name), shards[i], Metadata);
            written.Add(name);
            foreach (var (key, tensor) in shards[i])
            {
                map[key] = name;
                total += tensor.numel() * tensor.element_size();
            }
        }

        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = total }, ["weight_map"] = map };
        AtomicFile.WriteText(Path.Combine(directory, CheckpointReader.IndexFile), JsonConfig.Indent(index));
        written.Add(CheckpointReader.IndexFile);
        return written;
    }

    private static List<string> WeightFiles(string directory) =>
    [
        .. Directory.EnumerateFiles(directory)
            .Select(path => Path.GetFileName(path))
            .Where(name => name is CheckpointReader.SingleFile or CheckpointReader.IndexFile
                || (name.StartsWith("model-", StringComparison.Ordinal) && name.EndsWith(".safetensors", StringComparison.Ordinal))),
    ];
}
