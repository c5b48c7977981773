using Dllm.Training;

namespace Dllm.Tests.Training;

public sealed class TrainingOptionsTests
{
    public static TheoryData<string, TrainingOptions> Wrong => new()
    {
        { "max_steps is 0", new() { MaxSteps = 0 } },
        { "num_train_epochs is 0", new() { NumTrainEpochs = 0 } },
        { "num_train_epochs is NaN", new() { NumTrainEpochs = double.NaN } },
        { "per_device_train_batch_size is 0", new() { PerDeviceTrainBatchSize = 0 } },
        { "gradient_accumulation_steps is 0", new() { GradientAccumulationSteps = 0 } },
        { "learning_rate is -1", new() { LearningRate = -1 } },
        { "learning_rate is NaN", new() { LearningRate = double.NaN } },
        { "warmup_ratio is 1.5", new() { WarmupRatio = 1.5 } },
        { "adam_beta2 is 1", new() { AdamBeta2 = 1 } },
        { "adam_epsilon is 0", new() { AdamEpsilon = 0 } },
        { "logging_steps is 1.5", new() { LoggingSteps = 1.5 } },
        { "eval_steps is 0", new() { EvalSteps = 0 } },
        { "save_total_limit is 0", new() { SaveTotalLimit = 0 } },
        { "power is 0", new() { LrScheduler = new() { Power = 0 } } },
        { "load_best_model_at_end", new() { LoadBestModelAtEnd = true, EvalStrategy = IntervalStrategy.No } },
        { "output_dir", new() { Resume = true } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_value_out_of_range_is_told_with_its_name(string told, TrainingOptions options)
    {
        var error = Assert.Throws<DllmException>(options.Validate);
        Assert.Contains(told, error.Message);
        Assert.NotNull(error.Remedy);
    }

    [Fact]
    public void The_defaults_are_valid() => new TrainingOptions().Validate();

    [Fact]
    public void The_best_checkpoint_needs_an_evaluation_at_each_save()
    {
        using var model = TinyRun.Model();
        var options = TinyRun.Options with { LoadBestModelAtEnd = true, EvalSteps = 3, SaveSteps = 2 };
        Assert.Contains("eval_steps", Assert.Throws<DllmException>(() => new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options)).Remedy);
    }
}
