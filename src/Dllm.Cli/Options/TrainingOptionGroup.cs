using System.Collections;
using System.CommandLine;
using System.Globalization;
using Dllm.Checkpoints;
using Dllm.Cli.Help;
using Dllm.Training;

namespace Dllm.Cli.Options;

/// <summary>How to train: names, defaults and meaning are those of <see cref="TrainingOptions"/>, as in transformers' TrainingArguments.</summary>
internal sealed class TrainingOptionGroup : IEnumerable<Option>
{
    private static readonly TrainingOptions Defaults = new();
    private static readonly LrSchedulerOptions Shape = new();

    private readonly Option<string?> _outputDir;

    private readonly Option<double> _numTrainEpochs = CliOption.Number(
        "--num-train-epochs", "Passes over the training set, fractions allowed", Defaults.NumTrainEpochs).In(HelpGroup.Usual);

    private readonly Option<int> _maxSteps = CliOption.Integer(
        "--max-steps", "Optimiser steps; -1 counts epochs instead", Defaults.MaxSteps, least: -1).In(HelpGroup.Usual);

    private readonly Option<int> _trainBatch = CliOption.Integer(
        "--per-device-train-batch-size", "Rows of a micro-batch", Defaults.PerDeviceTrainBatchSize, least: 1).In(HelpGroup.Usual);

    private readonly Option<int> _evalBatch = CliOption.Integer(
        "--per-device-eval-batch-size", "Rows of an evaluation batch", Defaults.PerDeviceEvalBatchSize, least: 1).In(HelpGroup.Checkpoints);

    private readonly Option<int> _accumulationSteps = CliOption.Integer(
        "--gradient-accumulation-steps", "Micro-batches of an optimiser step", Defaults.GradientAccumulationSteps, least: 1);

    private readonly Option<string> _accumulation = CliOption.Enumeration<GradientAccumulation>(
        "--gradient-accumulation", "How micro-batches are put together: mean, mean over tokens, or sum as in the original").In(HelpGroup.Advanced);

    private readonly Option<double> _learningRate = CliOption.Number("--learning-rate", "Highest learning rate", Defaults.LearningRate).In(HelpGroup.Usual);

    private readonly Option<string> _scheduler = CliOption.Enumeration(
        "--lr-scheduler-type", "Shape of the learning rate", Defaults.LrSchedulerType);

    private readonly Option<double> _warmupRatio = CliOption.Number(
        "--warmup-ratio", "Fraction of the steps for warm-up", Defaults.WarmupRatio, most: 1);

    private readonly Option<int> _warmupSteps = CliOption.Integer(
        "--warmup-steps", "Steps for warm-up; 0 leaves it to --warmup-ratio", Defaults.WarmupSteps);

    private readonly Option<double> _minLrRate = CliOption.Number(
        "--min-lr-rate", "Fraction of the rate that cosine_with_min_lr ends at", Shape.MinLrRate, most: 1);

    private readonly Option<double> _weightDecay = CliOption.Number(
        "--weight-decay", "AdamW's decoupled decay; biases and norms never decay", Defaults.WeightDecay);

    private readonly Option<double> _beta1 = CliOption.Number("--adam-beta1", "AdamW's first beta", Defaults.AdamBeta1, most: 0.999999999).In(HelpGroup.Advanced);
    private readonly Option<double> _beta2 = CliOption.Number("--adam-beta2", "AdamW's second beta", Defaults.AdamBeta2, most: 0.999999999).In(HelpGroup.Advanced);
    private readonly Option<double> _epsilon = CliOption.Number("--adam-epsilon", "AdamW's epsilon, above 0", Defaults.AdamEpsilon).In(HelpGroup.Advanced);

    private readonly Option<double> _maxGradNorm = CliOption.Number(
        "--max-grad-norm", "Gradients are scaled down to this norm; 0 leaves them alone", Defaults.MaxGradNorm);

    private readonly Option<double> _loggingSteps = CliOption.Number(
        "--logging-steps", "Log every so many steps, or, below 1, every such fraction of the run", Defaults.LoggingSteps).In(HelpGroup.Checkpoints);

    private readonly Option<string> _evalStrategy = CliOption.Enumeration("--eval-strategy", "When to evaluate", Defaults.EvalStrategy).In(HelpGroup.Checkpoints);

    private readonly Option<double> _evalSteps = CliOption.Number(
        "--eval-steps", "Evaluate every so many steps, or, below 1, every such fraction of the run", Defaults.EvalSteps).In(HelpGroup.Checkpoints);

    private readonly Option<bool> _evalOnStart = CliOption.Switch("--eval-on-start", "Evaluate before the first step too").In(HelpGroup.Checkpoints);
    private readonly Option<string> _saveStrategy = CliOption.Enumeration("--save-strategy", "When to save a checkpoint", Defaults.SaveStrategy).In(HelpGroup.Checkpoints);

    private readonly Option<double> _saveSteps = CliOption.Number(
        "--save-steps", "Save every so many steps, or, below 1, every such fraction of the run", Defaults.SaveSteps).In(HelpGroup.Checkpoints);

    private readonly Option<int?> _saveTotalLimit = CliOption.OptionalInteger(
        "--save-total-limit", "Checkpoints to keep, the best besides; all unless given", least: 1).In(HelpGroup.Checkpoints);

    private readonly Option<bool> _saveOnlyModel = CliOption.Switch(
        "--save-only-model", "Keep what resuming needs in the newest checkpoint only", Defaults.SaveOnlyModel).In(HelpGroup.Checkpoints);

    private readonly Option<bool> _loadBest = CliOption.Switch("--load-best-model-at-end", "End with the weights of the lowest eval_nll").In(HelpGroup.Checkpoints);
    private readonly Option<bool> _groupByLength = CliOption.Switch("--group-by-length", "Make batches of rows of like length");
    private readonly Option<bool> _dropLast = CliOption.Switch("--dataloader-drop-last", "Leave out an epoch's last batch where it is not full");
    private readonly Option<int?> _dataSeed = CliOption.OptionalInteger("--data-seed", "Seed of the order of rows; --seed unless given").In(HelpGroup.Advanced);
    private readonly Option<long?> _noiseSeed = CliOption.OptionalLong("--noise-seed", "Seed of the masking; made from --seed unless given").In(HelpGroup.Advanced);
    private readonly Option<bool> _referenceRng = CliOption.Switch(
        "--reference-rng", "Draw noise by micro-batch, in the original's order; otherwise a row's noise does not depend on its batch").In(HelpGroup.Advanced);

    private readonly Option<bool> _bf16 = CliOption.Switch("--bf16", "The same as --dtype bfloat16: products in bfloat16, weights in float32");

    private readonly Option<bool> _resume = CliOption.Switch(
        "--resume", "Go on from the newest checkpoint below --output-dir; the result equals an uninterrupted run's").In(HelpGroup.Usual);

    private readonly Option<bool> _overwrite = CliOption.Switch(
        "--overwrite-output-dir", "Delete another run's checkpoints in --output-dir; an error unless given").In(HelpGroup.Checkpoints);

    /// <summary>The options, with the folder that results go to unless told otherwise.</summary>
    public TrainingOptionGroup(string outputDir)
    {
        _outputDir = CliOption.Path("--output-dir", "Where the model, checkpoints, metrics and the loss curve go", "DIR").In(HelpGroup.Usual);
        _outputDir.DefaultValueFactory = _ => outputDir;
    }

    /// <summary>Reads and checks what was given.</summary>
    /// <exception cref="DllmException">A value is out of its range, or two contradict each other.</exception>
    public TrainingOptions Read(ParseResult parsed, CommonOptions common)
    {
        var options = new TrainingOptions
        {
            OutputDir = parsed.GetValue(_outputDir),
            NumTrainEpochs = parsed.GetValue(_numTrainEpochs),
            MaxSteps = parsed.GetValue(_maxSteps),
            PerDeviceTrainBatchSize = parsed.GetValue(_trainBatch),
            PerDeviceEvalBatchSize = parsed.GetValue(_evalBatch),
            GradientAccumulationSteps = parsed.GetValue(_accumulationSteps),
            GradientAccumulation = parsed.GetEnum<GradientAccumulation>(_accumulation),
            LearningRate = parsed.GetValue(_learningRate),
            LrSchedulerType = parsed.GetEnum<LrSchedulerType>(_scheduler),
            LrScheduler = Shape with { MinLrRate = parsed.GetValue(_minLrRate) },
            WarmupRatio = parsed.GetValue(_warmupRatio),
            WarmupSteps = parsed.GetValue(_warmupSteps),
            WeightDecay = parsed.GetValue(_weightDecay),
            AdamBeta1 = parsed.GetValue(_beta1),
            AdamBeta2 = parsed.GetValue(_beta2),
            AdamEpsilon = parsed.GetValue(_epsilon),
            MaxGradNorm = parsed.GetValue(_maxGradNorm),
            LoggingSteps = parsed.GetValue(_loggingSteps),
            EvalStrategy = parsed.GetEnum<IntervalStrategy>(_evalStrategy),
            EvalSteps = parsed.GetValue(_evalSteps),
            EvalOnStart = parsed.GetValue(_evalOnStart),
            SaveStrategy = parsed.GetEnum<IntervalStrategy>(_saveStrategy),
            SaveSteps = parsed.GetValue(_saveSteps),
            SaveTotalLimit = parsed.GetValue(_saveTotalLimit),
            SaveOnlyModel = parsed.GetValue(_saveOnlyModel),
            LoadBestModelAtEnd = parsed.GetValue(_loadBest),
            GroupByLength = parsed.GetValue(_groupByLength),
            DataloaderDropLast = parsed.GetValue(_dropLast),
            Seed = ReadSeed(parsed, common),
            DataSeed = parsed.GetValue(_dataSeed),
            NoiseSeed = parsed.GetValue(_noiseSeed),
            ReferenceRng = parsed.GetValue(_referenceRng),
            Bf16 = ReadBf16(parsed, common),
            Resume = parsed.GetValue(_resume),
            OverwriteOutputDir = parsed.GetValue(_overwrite),
        };
        options.Validate();
        return options;
    }

    /// <summary>Takes the run's folder for this process, and checks that the run may write there: before anything is read.</summary>
    /// <exception cref="DllmException">Another process holds it, or another run's checkpoints are in it.</exception>
    public static FolderLock Lock(TrainingOptions options)
    {
        var folder = FolderLock.Take(options.OutputDir!);
        try
        {
            Trainer.CheckOutputDir(options);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>What a command line gave, as a recipe that makes the same run again.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="seed">The seed that the run has, given or not.</param>
    public RunRecipe Recipe(ParseResult parsed, int seed) => new(parsed, seed, [_outputDir, _resume, _overwrite]);

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => ((IEnumerable<Option>)
    [
        _outputDir, _numTrainEpochs, _maxSteps, _trainBatch, _evalBatch, _accumulationSteps, _accumulation, _learningRate, _scheduler,
        _warmupRatio, _warmupSteps, _minLrRate, _weightDecay, _beta1, _beta2, _epsilon, _maxGradNorm, _loggingSteps, _evalStrategy, _evalSteps,
        _evalOnStart, _saveStrategy, _saveSteps, _saveTotalLimit, _saveOnlyModel, _loadBest, _groupByLength, _dropLast, _dataSeed, _noiseSeed,
        _referenceRng, _bf16, _resume, _overwrite,
    ]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static int ReadSeed(ParseResult parsed, CommonOptions common)
    {
        long seed = parsed.GetValue(common.Seed) ?? Defaults.Seed;
        return seed <= int.MaxValue
            ? (int)seed
            : throw new DllmException(string.Create(CultureInfo.InvariantCulture, $"--seed is {seed}, above {int.MaxValue}"), "training takes seeds up to there");
    }

    private bool ReadBf16(ParseResult parsed, CommonOptions common)
    {
        string dtype = parsed.GetValue(common.Dtype)!;
        bool bf16 = parsed.GetValue(_bf16);
        if (dtype == "float16") throw new DllmException("training in float16 would overflow", "use --dtype bfloat16 or float32");
        if (bf16 && parsed.IsGiven(common.Dtype) && dtype == "float32")
            throw new DllmException("--bf16 and --dtype float32 contradict each other", "leave one out");
        return bf16 || dtype == "bfloat16";
    }
}
