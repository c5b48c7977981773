using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Dllm.Training;

/// <summary>What a run's numbers depend on. Resuming with anything else would neither continue that run nor be a new one.</summary>
internal static class RunIdentity
{
    private const string MaxSteps = "max_steps";
    private const string BatchSize = "per_device_train_batch_size";
    private const string Batches = "gradient_accumulation_steps";
    private const string Accumulation = "gradient_accumulation";
    private const string DropLast = "dataloader_drop_last";
    private const string Reference = "reference_rng";
    private const string Unset = "none";
    private static readonly string[] Cut = [BatchSize, Batches, Accumulation];

    /// <summary>Names and values, told as the options are.</summary>
    public static SortedDictionary<string, string> Of(
        TrainingOptions options, ITrainingObjective objective, TrainingData data, int steps)
    {
        return new(StringComparer.Ordinal)
        {
            [MaxSteps] = Text(steps),
            [BatchSize] = Text(options.PerDeviceTrainBatchSize),
            [Batches] = Text(options.GradientAccumulationSteps),
            [Accumulation] = Text(options.GradientAccumulation),
            ["learning_rate"] = Text(options.LearningRate),
            ["lr_scheduler_type"] = Text(options.LrSchedulerType),
            ["lr_scheduler_kwargs"] = Text(options.LrScheduler),
            ["warmup_steps"] = Text(options.WarmupSteps),
            ["warmup_ratio"] = Text(options.WarmupRatio),
            ["weight_decay"] = Text(options.WeightDecay),
            ["adam_beta1"] = Text(options.AdamBeta1),
            ["adam_beta2"] = Text(options.AdamBeta2),
            ["adam_epsilon"] = Text(options.AdamEpsilon),
            ["max_grad_norm"] = Text(options.MaxGradNorm),
            ["group_by_length"] = Text(options.GroupByLength),
            [DropLast] = Text(options.DataloaderDropLast),
            ["seed"] = Text(options.Seed),
            ["data_seed"] = Text((IConvertible?)options.DataSeed),
            ["noise_seed"] = Text((IConvertible?)options.NoiseSeed),
            [Reference] = Text(options.ReferenceRng),
            ["bf16"] = Text(options.Bf16),
            ["objective"] = objective.Description,
            ["shuffle"] = Text(data.Shuffle),
            ["training set"] = Digest(data),
        };
    }

    /// <summary>Steps of a saved run; null where it does not tell.</summary>
    public static int? Steps(IReadOnlyDictionary<string, string> saved) => Number(saved, MaxSteps);

    /// <summary>
    /// Requires the run that was saved to be the run that is asked for. Its length may change, and how a step's rows are cut into micro-batches
    /// where a step does not depend on it.
    /// </summary>
    /// <exception cref="DllmException">They differ; names every difference, and the options to give.</exception>
    public static void Require(IReadOnlyDictionary<string, string> asked, IReadOnlyDictionary<string, string> saved, string checkpoint)
    {
        string[] ignored = HasSameSteps(asked, saved) ? [MaxSteps, .. Cut] : [MaxSteps];
        var differences = asked.Keys.Except(ignored).Where(name => saved.GetValueOrDefault(name) != asked[name]).ToList();
        if (differences.Count == 0) return;
        var mended = differences.Where(name => IsOption(name) && saved.ContainsKey(name))
            .Select(name => saved[name] == Unset ? $"no {Shown(name)}" : $"{Shown(name)} {saved[name]}").ToList();
        string told = string.Join(", ", differences.Select(name => $"{Shown(name)} {saved.GetValueOrDefault(name) ?? "unset"}, now {asked[name]}"));
        string goOn = mended.Count < differences.Count ? "go on with the data and settings that it had" : $"go on with {string.Join(' ', mended)}";
        throw new DllmException(
            $"{checkpoint} cannot be resumed with other settings: its run had {told}",
            $"{goOn}, or start a new run from its weights: --model {checkpoint} --output-dir NEW, without --resume");
    }

    /// <summary>Requires a run to be no shorter than what is done of it.</summary>
    /// <exception cref="DllmException">It is.</exception>
    public static void RequireReach(int steps, int done, string checkpoint)
    {
        if (done <= steps) return;
        throw new DllmException(
            $"{checkpoint} has {done} steps behind it, but the run is to have {steps}",
            $"give --max-steps {done} or more (or more --num-train-epochs), or start a new run from its weights: --model {checkpoint} --output-dir NEW, without --resume");
    }

    // Averaged over tokens, and with noise that belongs to the row, a step is the same however its rows are cut.
    private static bool HasSameSteps(IReadOnlyDictionary<string, string> asked, IReadOnlyDictionary<string, string> saved) =>
        Rows(asked) is { } rows && rows == Rows(saved);

    private static int? Rows(IReadOnlyDictionary<string, string> run)
    {
        bool isCut = run.GetValueOrDefault(Batches) != "1";
        bool depends = run.GetValueOrDefault(Reference) != Text(false) || run.GetValueOrDefault(DropLast) != Text(false)
            || (isCut && run.GetValueOrDefault(Accumulation) != Text(GradientAccumulation.Tokens));
        return depends ? null : Number(run, BatchSize) * Number(run, Batches);
    }

    private static int? Number(IReadOnlyDictionary<string, string> run, string name) =>
        int.TryParse(run.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

    private static bool IsOption(string name) => !name.Contains(' ') && name is not ("objective" or "shuffle" or "lr_scheduler_kwargs");

    private static string Shown(string name) => IsOption(name) ? $"--{name.Replace('_', '-')}" : name is "training set" or "objective" ? $"the {name}" : name;

    private static string Text(LrSchedulerOptions o) => string.Create(
        CultureInfo.InvariantCulture,
        $"{o.NumCycles} {o.Power} {o.LrEnd} {o.MinLrRate} {o.NumStableSteps} {o.NumDecaySteps} {o.MinLrRatio} {o.Timescale}");

    private static string Text<T>(T value)
        where T : struct, Enum => Names.Of(value);

    private static string Text(bool value) => value ? "true" : "false";

    private static string Text(IConvertible? value) => value?.ToString(CultureInfo.InvariantCulture) ?? Unset;

    private static string Digest(TrainingData data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var sample in data.Train)
        {
            hash.AppendData(MemoryMarshal.AsBytes(sample.Ids.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(sample.Labels.AsSpan()));
        }

        return $"of {data.Train.Count} rows ({Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 4))})";
    }
}
