namespace Dllm.Training;

/// <summary>
/// How to train; names and defaults are the original's (transformers' <c>TrainingArguments</c> as dLLM sets them), so
/// <c>LearningRate</c> is <c>learning_rate</c> on a command line and in a recipe.
/// </summary>
public sealed record TrainingOptions
{
    /// <summary>Where checkpoints and logs go; null: nothing is written.</summary>
    public string? OutputDir { get; init; }

    /// <summary>Passes over the training set, above 0, fractions allowed; default 10. <see cref="MaxSteps"/> wins where both are given.</summary>
    public double NumTrainEpochs { get; init; } = 10;

    /// <summary>Optimiser steps, or −1 (the default) to count epochs.</summary>
    public int MaxSteps { get; init; } = -1;

    /// <summary>Rows of a micro-batch, 1 or more; default 4.</summary>
    public int PerDeviceTrainBatchSize { get; init; } = 4;

    /// <summary>Rows of an evaluation batch, 1 or more; default 4.</summary>
    public int PerDeviceEvalBatchSize { get; init; } = 4;

    /// <summary>Micro-batches of an optimiser step, 1 or more; default 1.</summary>
    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>How micro-batches are put together; default <see cref="GradientAccumulation.Averaged"/>.</summary>
    public GradientAccumulation GradientAccumulation { get; init; }

    /// <summary>Highest learning rate, 0 or more; default 2e-5.</summary>
    public double LearningRate { get; init; } = 2e-5;

    /// <summary>Shape of the learning rate; default cosine.</summary>
    public LrSchedulerType LrSchedulerType { get; init; } = LrSchedulerType.Cosine;

    /// <summary>Settings of that shape.</summary>
    public LrSchedulerOptions LrScheduler { get; init; } = new();

    /// <summary>Fraction of the steps for warm-up, in [0, 1], rounded up to whole steps; default 0.1.</summary>
    public double WarmupRatio { get; init; } = 0.1;

    /// <summary>Steps for warm-up, 0 or more; 0 (the default) leaves it to <see cref="WarmupRatio"/>.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>AdamW's decoupled decay, 0 or more; default 0. Biases and norms never decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>AdamW's β₁, in [0, 1); default 0.9.</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>AdamW's β₂, in [0, 1); default 0.999.</summary>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>AdamW's ε, above 0; default 1e-8.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Gradients are scaled down to this 2-norm, over all parameters; default 1. 0 or less leaves them alone.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Log every so many steps, or, below 1, every such fraction of the run; default 10.</summary>
    public double LoggingSteps { get; init; } = 10;

    /// <summary>When to evaluate; default by steps. Without an evaluation set, never.</summary>
    public IntervalStrategy EvalStrategy { get; init; } = IntervalStrategy.Steps;

    /// <summary>Evaluate every so many steps, or, below 1, every such fraction of the run; default 0.1.</summary>
    public double EvalSteps { get; init; } = 0.1;

    /// <summary>Whether to evaluate before the first step too; default false.</summary>
    public bool EvalOnStart { get; init; }

    /// <summary>When to save; default by steps. Without <see cref="OutputDir"/>, never.</summary>
    public IntervalStrategy SaveStrategy { get; init; } = IntervalStrategy.Steps;

    /// <summary>Save every so many steps, or, below 1, every such fraction of the run; default 0.1.</summary>
    public double SaveSteps { get; init; } = 0.1;

    /// <summary>Checkpoints to keep, 1 or more; older ones are deleted, the best never. Null (the default) keeps all.</summary>
    public int? SaveTotalLimit { get; init; }

    /// <summary>
    /// Whether older checkpoints hold the model alone; default true. The newest always holds all that resuming needs (optimiser
    /// moments and more, twice the weights' size); false keeps that in every checkpoint.
    /// </summary>
    public bool SaveOnlyModel { get; init; } = true;

    /// <summary>Whether to end with the weights of the lowest <c>eval_nll</c> rather than the last ones; default false.</summary>
    public bool LoadBestModelAtEnd { get; init; }

    /// <summary>Whether batches are made of rows of like length; default false.</summary>
    public bool GroupByLength { get; init; }

    /// <summary>Whether a last batch of fewer rows is left out of each epoch; default false.</summary>
    public bool DataloaderDropLast { get; init; }

    /// <summary>Seed of everything random in the run; default 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Seed of the order of rows; null (the default) is <see cref="Seed"/>.</summary>
    public int? DataSeed { get; init; }

    /// <summary>
    /// Seed of the corruption: what a row draws is a function of this, the epoch and the row's place in the data set.
    /// Null (the default) derives one from <see cref="Seed"/>.
    /// </summary>
    public long? NoiseSeed { get; init; }

    /// <summary>
    /// Whether random numbers are drawn in the original's order: micro-batch k (from 0, over the whole run) draws from one generator seeded with
    /// <see cref="NoiseSeed"/> + k, so noise depends on how rows are cut into micro-batches. Default false.
    /// </summary>
    public bool ReferenceRng { get; init; }

    /// <summary>
    /// Whether products are computed in bfloat16 over float32 weights (autocast); default true, as in the original. float32 is more exact, and
    /// as fast for small models on a CPU.
    /// </summary>
    public bool Bf16 { get; init; } = true;

    /// <summary>Whether to go on from the newest whole checkpoint below <see cref="OutputDir"/>, if there is one; default false.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether a directory that holds another run's checkpoints may be used; default true (they are deleted). Ignored when resuming.</summary>
    public bool OverwriteOutputDir { get; init; } = true;

    /// <summary>Checks every range, and what contradicts what.</summary>
    /// <exception cref="DllmException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Above(NumTrainEpochs, 0, "num_train_epochs");
        if (MaxSteps is 0 or < -1)
            throw new DllmException($"max_steps is {MaxSteps}, but must be 1 or more", "give at least one step, or -1 to count epochs");
        OptionRange.Within(PerDeviceTrainBatchSize, 1, int.MaxValue, "per_device_train_batch_size");
        OptionRange.Within(PerDeviceEvalBatchSize, 1, int.MaxValue, "per_device_eval_batch_size");
        OptionRange.Within(GradientAccumulationSteps, 1, int.MaxValue, "gradient_accumulation_steps");
        OptionRange.Within(LearningRate, 0, double.MaxValue, "learning_rate");
        LrScheduler.Validate();
        OptionRange.Within(WarmupRatio, 0, 1, "warmup_ratio");
        OptionRange.Within(WarmupSteps, 0, int.MaxValue, "warmup_steps");
        OptionRange.Within(WeightDecay, 0, double.MaxValue, "weight_decay");
        OptionRange.Within(AdamBeta1, 0, 1 - 1e-9, "adam_beta1");
        OptionRange.Within(AdamBeta2, 0, 1 - 1e-9, "adam_beta2");
        OptionRange.Above(AdamEpsilon, 0, "adam_epsilon");
        Interval(LoggingSteps, "logging_steps");
        Interval(EvalSteps, "eval_steps");
        Interval(SaveSteps, "save_steps");
        OptionRange.Within(SaveTotalLimit ?? 1, 1, int.MaxValue, "save_total_limit");
        if (LoadBestModelAtEnd && EvalStrategy == IntervalStrategy.No)
            throw new DllmException("load_best_model_at_end needs evaluations, but eval_strategy is no", "set eval_strategy to steps or epoch");
        if (Resume && OutputDir is null)
            throw new DllmException("resuming needs output_dir, where the checkpoints are", "set output_dir to the interrupted run's");
    }

    private static void Interval(double value, string option)
    {
        OptionRange.Above(value, 0, option);
        if (value >= 1 && value != Math.Floor(value))
            throw new DllmException($"{option} is {value}, neither whole steps nor a fraction of the run", "give a whole number, or a fraction below 1");
    }
}
