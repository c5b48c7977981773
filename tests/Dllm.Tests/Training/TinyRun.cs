using Dllm.Checkpoints;
using Dllm.Data;
using Dllm.Models;
using Dllm.Training;
using static TorchSharp.torch;

namespace Dllm.Tests.Training;

/// <summary>A run small enough to repeat: a ModernBERT of a few thousand weights, with dropout, on rows of 3 to 8 tokens.</summary>
internal static class TinyRun
{
    public const int Vocabulary = 24;
    public const int Mask = 4;

    public static TrainingOptions Options { get; } = new()
    {
        MaxSteps = 6,
        PerDeviceTrainBatchSize = 2,
        PerDeviceEvalBatchSize = 3,
        GradientAccumulationSteps = 2,
        LearningRate = 1e-2,
        WeightDecay = 0.1,
        LoggingSteps = 2,
        EvalSteps = 3,
        SaveSteps = 2,
        Bf16 = false,
    };

    public static Denoiser Model(double dropout = 0.1, ulong seed = 1)
    {
        var json = $$"""
            {"model_type": "modernbert", "vocab_size": {{Vocabulary}}, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2,
             "num_attention_heads": 2, "max_position_embeddings": 64, "pad_token_id": 0, "local_attention": 4, "initializer_range": 0.1,
             "mlp_dropout": {{dropout.ToString(System.Globalization.CultureInfo.InvariantCulture)}}}
            """;
        var model = ModelFamilies.For("modernbert").Build(JsonConfig.Parse(json, "tiny"), ScalarType.Float32, CPU);
        using var generator = new Generator(seed);
        model.Initialize(generator);
        model.eval();
        return model;
    }

    public static TrainingData Data(int rows = 10, bool evaluation = true) => new()
    {
        Train = Rows(rows, 1),
        Evaluation = evaluation ? Rows(5, 100) : null,
        Collator = new PadCollator(0),
    };

    public static List<TokenizedSample> Rows(int count, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                var ids = Enumerable.Range(0, random.Next(3, 9)).Select(_ => random.Next(5, Vocabulary)).ToArray();
                return new TokenizedSample(ids, [TokenizedSample.IgnoredLabel, .. ids[1..]], 1);
            }),
        ];
    }

    public static MdlmObjective Objective(MdlmObjectiveOptions? options = null) => new(Mask, 1, options);

    /// <summary>Every weight, by name and bit pattern.</summary>
    public static Dictionary<string, float[]> Weights(nn.Module model)
    {
        using var guard = no_grad();
        return model.named_parameters().ToDictionary(p => p.name, p => p.parameter.data<float>().ToArray());
    }

    public static void AssertSame(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (name, values) in expected)
            Assert.Equal(values, actual[name]);
    }
}

/// <summary>Remembers metrics, and forgets what a resumed run voids.</summary>
internal sealed class MemorySink : IMetricSink
{
    public List<MetricEvent> Events { get; private set; } = [];

    public void Write(MetricEvent metrics) => Events.Add(metrics);

    public void Rewind(int step) => Events = [.. Events.Where(e => e.Step <= step)];

    public void Flush() { }

    public void Dispose() { }

    /// <summary>Everything told, but for times: what two runs must have in common.</summary>
    public List<string> Lines =>
    [
        .. Events.SelectMany(e => e.Values
            .Where(v => !v.Key.StartsWith("train_", StringComparison.Ordinal) || v.Key == "train_loss")
            .Select(v => $"{e.Step} {e.Epoch:R} {v.Key} {v.Value:R}")),
    ];
}

/// <summary>Calls back after each step, at once.</summary>
internal sealed class StepWatcher(Action<TrainingProgress> report) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => report(value);
}

/// <summary>A directory that goes when the test does.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("dllm-training-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
