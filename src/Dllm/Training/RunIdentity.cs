using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Dllm.Training;

/// <summary>What a run's numbers depend on. Resuming with anything else would neither continue that run nor be a new one.</summary>
internal static class RunIdentity
{
    /// <summary>Names and values, told as the options are.</summary>
    public static SortedDictionary<string, string> Of(
        TrainingOptions options, ITrainingObjective objective, TrainingData data, int steps)
    {
        return new(StringComparer.Ordinal)
        {
            ["max_steps"] = Text(steps),
            ["per_device_train_batch_size"] = Text(options.PerDeviceTrainBatchSize),
            ["gradient_accumulation_steps"] = Text(options.GradientAccumulationSteps),
            ["gradient_accumulation"] = Text(options.GradientAccumulation),
            ["learning_rate"] = Text(options.LearningRate),
            ["lr_scheduler_type"] = Text(options.LrSchedulerType),
            ["lr_scheduler_kwargs"] = Text(options.LrScheduler),
            ["warmup"] = Text(options.WarmupSteps > 0 ? options.WarmupSteps : options.WarmupRatio),
            ["weight_decay"] = Text(options.WeightDecay),
            ["adam_beta1"] = Text(options.AdamBeta1),
            ["adam_beta2"] = Text(options.AdamBeta2),
            ["adam_epsilon"] = Text(options.AdamEpsilon),
            ["max_grad_norm"] = Text(options.MaxGradNorm),
            ["group_by_length"] = Text(options.GroupByLength),
            ["dataloader_drop_last"] = Text(options.DataloaderDropLast),
            ["seed"] = Text(options.Seed),
            ["data_seed"] = Text(options.DataSeed),
            ["noise_seed"] = Text(options.NoiseSeed),
            ["reference_rng"] = Text(options.ReferenceRng),
            ["bf16"] = Text(options.Bf16),
            ["objective"] = objective.Description,
            ["shuffle"] = Text(data.Shuffle),
            ["training set"] = Digest(data),
        };
    }

    /// <summary>Requires the run that was saved to be the run that is asked for.</summary>
    /// <exception cref="DllmException">They differ; names the first difference.</exception>
    public static void Require(IReadOnlyDictionary<string, string> asked, IReadOnlyDictionary<string, string> saved, string checkpoint)
    {
        foreach (var (name, value) in asked)
        {
            if (saved.GetValueOrDefault(name) is var old && old != value)
            {
                throw new DllmException(
                    $"{checkpoint} cannot be resumed: its run had {name} {old ?? "unset"}, this one has {value}",
                    "give the options and data the run was started with, or start a new run from the checkpoint's weights");
            }
        }
    }

    private static string Text(LrSchedulerOptions o) => string.Create(
        CultureInfo.InvariantCulture,
        $"{o.NumCycles} {o.Power} {o.LrEnd} {o.MinLrRate} {o.NumStableSteps} {o.NumDecaySteps} {o.MinLrRatio} {o.Timescale}");

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "none";

    private static string Digest(TrainingData data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var sample in data.Train)
        {
            hash.AppendData(MemoryMarshal.AsBytes(sample.Ids.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(sample.Labels.AsSpan()));
        }

        return $"of {data.Train.Count} rows, {Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8))}";
    }
}
