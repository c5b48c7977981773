using System.Diagnostics;
using System.Globalization;
using Dllm.Checkpoints;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// Opening a checkpoint of two shards against reading the same files into memory: seconds and the most memory ever held. The ways take
/// turns, from the system's file cache; the best time and the largest memory of each count.
/// </summary>
public static class LoadBenchmark
{
    private const int Width = 2048;
    private const int InnerWidth = 8192;
    private const int Vocabulary = 32_000;

    /// <summary>What the plain reading has read: all of it is held at once, as a model's weights are.</summary>
    private static readonly List<Tensor> Held = [];

    /// <summary>Prints a line a measurement.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="layers">Layers of a Llama of width 2,048; 29 make 4.2 GB of bfloat16.</param>
    /// <param name="rounds">How often each way has its turn.</param>
    /// <param name="folder">Where the checkpoint is made and left, for others to be timed on it; null makes one and removes it.</param>
    public static void Run(TextWriter output, int layers = 29, int rounds = 3, string? folder = null)
    {
        var directory = folder ?? Path.Combine(Path.GetTempPath(), $"dllm-load-{Environment.ProcessId}");
        Directory.CreateDirectory(directory);
        try
        {
            var bytes = Write(directory, layers);
            output.WriteLine(Line($"Llama {layers} × {Width}, bfloat16, 2 shards, {bytes / 1e9:F2} GB, {Environment.ProcessorCount} processors"));
            var results = new (double Seconds, double Peak)[3];
            Array.Fill(results, (double.MaxValue, 0));
            Action[] ways =
            [
                () => ReadFiles(directory),
                () => PretrainedModel.Load(directory, ScalarType.BFloat16).Dispose(),
                () => PretrainedModel.Load(directory, ScalarType.Float32).Dispose(),
            ];
            for (var round = 0; round < rounds; round++)
            {
                for (var way = 0; way < ways.Length; way++)
                {
                    var (seconds, peak) = Measure(ways[way]);
                    results[way] = (Math.Min(seconds, results[way].Seconds), Math.Max(peak, results[way].Peak));
                }
            }

            var read = results[0].Seconds;
            string[] names = ["files into memory", "model in bfloat16", "model in float32"];
            for (var way = 0; way < ways.Length; way++)
            {
                var (seconds, peak) = results[way];
                output.WriteLine(Line(
                    $"{names[way]}: {seconds:F2} s, {seconds / read:F2} of reading the files; peak {peak / 1e9:F2} GB, {peak / bytes:F2} of them"));
            }
        }
        finally
        {
            if (folder is null) Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Writes the checkpoint, every value the same, a tensor in memory at a time.</summary>
    private static long Write(string directory, int layers)
    {
        var json = JsonConfig.Parse(
            $$"""
            {"model_type":"llama","vocab_size":{{Vocabulary}},"hidden_size":{{Width}},"intermediate_size":{{InnerWidth}},
             "num_hidden_layers":{{layers}},"num_attention_heads":16,"max_position_embeddings":2048}
            """,
            "benchmark");
        File.WriteAllText(Path.Combine(directory, "config.json"), json.ToJson());
        using var plan = ModelFamilies.For("llama").Build(json, ScalarType.BFloat16, new Device(TorchSharp.DeviceType.META));
        using var scope = NewDisposeScope();
        using var value = full([1], 0.01f, ScalarType.BFloat16);
        var tensors = plan.state_dict().ToDictionary(pair => pair.Key, pair => value.expand(pair.Value.shape));
        var half = tensors.Values.Sum(tensor => tensor.numel()); // of the bytes
        CheckpointWriter.SaveWeights(directory, tensors, half + (Width * Vocabulary * 2L));
        return Shards(directory).Sum(file => file.Length);
    }

    private static FileInfo[] Shards(string directory) => new DirectoryInfo(directory).GetFiles("*.safetensors");

    private static void ReadFiles(string directory)
    {
        const int Part = 1 << 24;
        foreach (var file in Shards(directory))
        {
            var memory = empty(file.Length, ScalarType.Byte);
            Held.Add(memory);
            using var handle = File.OpenHandle(file.FullName);
            for (long at = 0; at < file.Length;)
            {
                using var part = memory.narrow(0, at, Math.Min(Part, file.Length - at));
                at += RandomAccess.Read(handle, part.bytes, at);
            }
        }
    }

    private static (double Seconds, double Peak) Measure(Action way)
    {
        ProcessMemory.ResetPeak();
        double before = ProcessMemory.Now;
        var watch = Stopwatch.StartNew();
        way();
        var seconds = watch.Elapsed.TotalSeconds;
        Held.ForEach(memory => memory.Dispose());
        Held.Clear();
        return (seconds, ProcessMemory.Peak - before);
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
