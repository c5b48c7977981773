using Dllm.Data;
using Dllm.Diffusion;
using Dllm.Models;
using Dllm.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Training;

public sealed class TrainerTests
{
    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others()
    {
        var (first, second, other) = (Run(TinyRun.Options), Run(TinyRun.Options), Run(TinyRun.Options with { Seed = 43 }));
        TinyRun.AssertSame(first, second);
        Assert.NotEqual(first["decoder.bias"], other["decoder.bias"]);
    }

    [Fact]
    public void Training_lowers_the_loss_of_the_evaluation_set_it_repeats()
    {
        using var model = TinyRun.Model(dropout: 0);
        var rows = TinyRun.Rows(8, 3);
        var data = new TrainingData { Train = rows, Evaluation = rows, Collator = new PadCollator(0) };
        var trainer = new Trainer(model, TinyRun.Objective(), data, TinyRun.Options with { MaxSteps = 150, PerDeviceTrainBatchSize = 8, EvalSteps = 150 });
        var before = trainer.Evaluate();
        var result = trainer.Train();
        Assert.True(result.LastEvaluation!.NegativeLogLikelihood < before.NegativeLogLikelihood / 2, $"{before} then {result.LastEvaluation}");
    }

    [Fact]
    public void Evaluation_gives_the_same_numbers_every_time_and_leaves_training_alone()
    {
        using var model = TinyRun.Model();
        var trainer = new Trainer(model, TinyRun.Objective(), TinyRun.Data(), TinyRun.Options);
        Assert.Equal(trainer.Evaluate(), trainer.Evaluate());
        TinyRun.AssertSame(Run(TinyRun.Options), Run(TinyRun.Options with { EvalSteps = 1, EvalOnStart = true }));
    }

    [Fact]
    public void Metrics_are_told_at_their_steps_under_the_originals_names()
    {
        using var model = TinyRun.Model();
        using var sink = new MemorySink();
        new Trainer(model, TinyRun.Objective(), TinyRun.Data(), TinyRun.Options with { EvalOnStart = true }, new TrainingHost { Sinks = [sink] }).Train();
        Assert.Equal([0, 2, 3, 4, 6, 6, 6], sink.Events.Select(e => e.Step));
        Assert.Equal(["eval_loss", "eval_nll", "eval_ppl"], sink.Events[0].Values.Select(v => v.Key));
        Assert.Equal(["loss", "nll", "ppl", "grad_norm", "learning_rate"], sink.Events[1].Values.Select(v => v.Key));
        Assert.Equal(["eval_loss", "eval_nll", "eval_ppl"], sink.Events[2].Values.Select(v => v.Key));
        var values = sink.Events[1].Values.ToDictionary();
        Assert.Equal(Math.Exp(values["nll"]), values["ppl"], 9);
        Assert.Equal(1.4, sink.Events[3].Epoch, 9); // 5 batches an epoch, two a step: the 4th step ends with the 2nd batch of the 2nd epoch
    }

    [Fact]
    public void Epochs_count_the_last_incomplete_step_and_fractions_round_up()
    {
        using var model = TinyRun.Model();
        int StepsOf(TrainingOptions options) => new Trainer(model, TinyRun.Objective(), TinyRun.Data(rows: 11), options with { MaxSteps = -1 }).Steps;
        Assert.Equal(6, StepsOf(TinyRun.Options with { NumTrainEpochs = 2 })); // 6 batches of at most 2, two a step
        Assert.Equal(4, StepsOf(TinyRun.Options with { NumTrainEpochs = 1.1 }));
        Assert.Equal(3, StepsOf(TinyRun.Options with { NumTrainEpochs = 1, DataloaderDropLast = true })); // 5 batches
        Assert.Equal(1, StepsOf(TinyRun.Options with { NumTrainEpochs = 0.01 }));
    }

    [Theory]
    [InlineData(2, 2, false)]
    [InlineData(1, 4, false)]
    [InlineData(3, 2, true)]
    [InlineData(1, 6, true)]
    public void Averaging_over_tokens_makes_a_step_independent_of_how_its_rows_are_cut(int rows, int batches, bool grouped)
    {
        var whole = TinyRun.Options with
        {
            PerDeviceTrainBatchSize = rows * batches,
            GradientAccumulationSteps = 1,
            MaxSteps = 5,
            LoggingSteps = 1,
            GroupByLength = grouped,
            LearningRate = 1e-3,
        };
        var cut = whole with { PerDeviceTrainBatchSize = rows, GradientAccumulationSteps = batches, GradientAccumulation = GradientAccumulation.Tokens };
        var (expected, actual) = (Numbers(whole), Numbers(cut));
        Assert.Equal(10, expected.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.Equal(expected[i], actual[i], 1e-5 * Math.Abs(expected[i]) + 1e-6);
        Assert.NotEqual(expected[0], Numbers(cut with { ReferenceRng = true })[0], 1e-3); // the original's noise depends on the cut

        static List<double> Numbers(TrainingOptions options)
        {
            using var model = TinyRun.Model(dropout: 0);
            using var sink = new MemorySink();
            new Trainer(model, TinyRun.Objective(), TinyRun.Data(rows: 16, evaluation: false), options, new TrainingHost { Sinks = [sink] }).Train();
            return [.. sink.Events.SelectMany(e => e.Values).Where(v => v.Key is "loss" or "grad_norm").Select(v => v.Value)];
        }
    }

    [Fact]
    public void The_likelihood_of_the_evaluation_set_does_not_depend_on_its_batches()
    {
        using var model = TinyRun.Model();
        double Likelihood(int rows) => new Trainer(model, TinyRun.Objective(), TinyRun.Data(), TinyRun.Options with { PerDeviceEvalBatchSize = rows })
            .Evaluate().NegativeLogLikelihood;

        Assert.Equal(Likelihood(1), Likelihood(5), 1e-5);
    }

    [Fact]
    public void A_row_meets_other_noise_in_every_epoch()
    {
        using var model = TinyRun.Model(dropout: 0);
        using var sink = new MemorySink();
        var options = TinyRun.Options with { MaxSteps = 2, PerDeviceTrainBatchSize = 10, GradientAccumulationSteps = 1, LoggingSteps = 1, LearningRate = 0 };
        new Trainer(model, TinyRun.Objective(), TinyRun.Data(evaluation: false), options, new TrainingHost { Sinks = [sink] }).Train();
        Assert.NotEqual(sink.Events[0].Values[0].Value, sink.Events[1].Values[0].Value, 1e-3);
    }

    [Theory]
    [InlineData(float.NaN, "loss is NaN")]
    [InlineData(float.PositiveInfinity, "loss is Infinity")]
    public void A_loss_that_is_not_finite_stops_the_run_naming_step_and_metric(float poison, string told)
    {
        using var model = TinyRun.Model();
        using var directory = new TemporaryDirectory();
        var objective = new PoisonedObjective(TinyRun.Objective(), atMicroBatch: 6, poison);
        var trainer = new Trainer(model, objective, TinyRun.Data(), TinyRun.Options with { OutputDir = directory.Path });
        var error = Assert.Throws<DllmException>(() => trainer.Train());
        Assert.Contains("step 4", error.Message);
        Assert.Contains(told, error.Message);
        Assert.Equal(["checkpoint-2", "last"], Directory.GetDirectories(directory.Path).Select(Path.GetFileName).Order());
        Assert.All(TinyRun.Weights(model).Values, values => Assert.All(values, value => Assert.True(float.IsFinite(value))));
    }

    [Fact]
    public void Bfloat16_products_train_float32_weights_to_about_the_same()
    {
        var (exact, rough) = (Run(TinyRun.Options), Run(TinyRun.Options with { Bf16 = true }));
        Assert.NotEqual(exact["head.dense.weight"], rough["head.dense.weight"]);
        foreach (var (name, values) in exact)
            Assert.True(values.Zip(rough[name], (a, b) => Math.Abs(a - b)).Average() < 0.01, name);
    }

    [Fact]
    public void Weights_that_are_not_float32_are_refused()
    {
        using var model = TinyRun.Model();
        model.to(ScalarType.BFloat16);
        var error = Assert.Throws<DllmException>(() => new Trainer(model, TinyRun.Objective(), TinyRun.Data(), TinyRun.Options).Train());
        Assert.Contains("float32", error.Message);
    }

    [Fact]
    public void Rows_of_like_length_share_a_batch_when_asked_for()
    {
        using var model = TinyRun.Model();
        double Spread(bool grouped)
        {
            var objective = new ShapeRecorder(TinyRun.Objective());
            var data = TinyRun.Data(rows: 40, evaluation: false);
            new Trainer(model, objective, data, TinyRun.Options with { GroupByLength = grouped, NumTrainEpochs = 1, MaxSteps = -1 }).Train();
            return objective.Padding;
        }

        Assert.True(Spread(grouped: true) < Spread(grouped: false) / 2);
    }

    [Fact]
    public void An_empty_training_set_is_refused()
    {
        using var model = TinyRun.Model();
        Assert.Throws<DllmException>(() => new Trainer(model, TinyRun.Objective(), TinyRun.Data(rows: 0), TinyRun.Options));
    }

    [Fact]
    public void A_run_leaves_no_tensor_behind()
    {
        using var model = TinyRun.Model();
        using var directory = new TemporaryDirectory();
        void Once() => new Trainer(model, TinyRun.Objective(), TinyRun.Data(), TinyRun.Options with { OutputDir = directory.Path }).Train();
        Once();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Once();
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Progress_is_told_after_each_step()
    {
        using var model = TinyRun.Model();
        var seen = new List<TrainingProgress>();
        new Trainer(model, TinyRun.Objective(), TinyRun.Data(), TinyRun.Options, new TrainingHost { Progress = new StepWatcher(seen.Add) }).Train();
        Assert.Equal([1, 2, 3, 4, 5, 6], seen.Select(p => p.Step));
        Assert.All(seen, p => Assert.True(p.Loss > 0 && p.TokensPerSecond > 0 && p.Steps == 6));
        Assert.Equal(TimeSpan.Zero, seen[^1].TimeLeft);
    }

    private static Dictionary<string, float[]> Run(TrainingOptions options)
    {
        using var model = TinyRun.Model();
        new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options).Train();
        return TinyRun.Weights(model);
    }

    private sealed class ShapeRecorder(ITrainingObjective inner) : ITrainingObjective
    {
        public string Description => inner.Description;

        /// <summary>Tokens of padding in all batches.</summary>
        public long Padding { get; private set; }

        public LossResult Compute(IDenoiser denoiser, Batch batch, NoiseSource noise, Device? device = null)
        {
            Padding += (batch.AttentionMask! == 0).sum().ToInt64();
            return inner.Compute(denoiser, batch, noise, device);
        }
    }

    private sealed class PoisonedObjective(ITrainingObjective inner, int atMicroBatch, float poison) : ITrainingObjective
    {
        public string Description => inner.Description;

        private int _calls;

        public LossResult Compute(IDenoiser denoiser, Batch batch, NoiseSource noise, Device? device = null)
        {
            var result = inner.Compute(denoiser, batch, noise, device);
            return denoiser is nn.Module { training: true } && _calls++ == atMicroBatch ? result with { Loss = result.Loss * poison } : result;
        }
    }
}
