using System.Diagnostics;
using Dllm.Checkpoints;
using Dllm.Training;
using static TorchSharp.torch;

namespace Dllm.Tests.Training;

public sealed class ResumeTests
{
    private const string KillDirectory = "DLLM_TESTS_KILL_DIRECTORY";

    [Fact]
    public void A_run_cancelled_after_any_step_and_resumed_equals_one_that_was_not()
    {
        var (weights, metrics) = Uninterrupted();
        for (var at = 1; at < TinyRun.Options.MaxSteps; at++)
        {
            using var directory = new TemporaryDirectory();
            using var sink = new MemorySink();
            using var cancel = new CancellationTokenSource();
            var host = Host(sink, progress =>
            {
                if (progress.Step == at) cancel.Cancel();
            });
            using (var model = TinyRun.Model())
            {
                var result = Trainer(model, directory.Path, host).Train(cancel.Token);
                Assert.True(result.Cancelled);
                Assert.Equal(at, result.Step);
            }

            using var resumed = TinyRun.Model(seed: 2); // its weights come from the checkpoint
            var end = Trainer(resumed, directory.Path, Host(sink), resume: true).Train();
            Assert.False(end.Cancelled);
            TinyRun.AssertSame(weights, TinyRun.Weights(resumed));
            Assert.Equal(metrics, sink.Lines);
            Assert.Equal(["checkpoint-2", "checkpoint-4", "checkpoint-6"], Checkpoints(directory.Path));
        }
    }

    [Fact]
    public void A_run_that_dies_anywhere_between_saves_resumes_from_the_last_save_exactly()
    {
        var (weights, metrics) = Uninterrupted();
        for (var at = 1; at <= TinyRun.Options.MaxSteps; at++)
        {
            using var directory = new TemporaryDirectory();
            using var sink = new MemorySink();
            using (var model = TinyRun.Model())
            {
                var host = Host(sink, progress =>
                {
                    if (progress.Step == at) throw new InvalidOperationException("died");
                });
                Assert.Throws<InvalidOperationException>(() => Trainer(model, directory.Path, host).Train());
            }

            using var resumed = TinyRun.Model();
            Trainer(resumed, directory.Path, Host(sink), resume: true).Train();
            TinyRun.AssertSame(weights, TinyRun.Weights(resumed));
            Assert.Equal(metrics, sink.Lines);
        }
    }

    [Fact]
    public void A_run_that_dies_while_writing_a_checkpoint_resumes_from_the_one_before()
    {
        var (weights, _) = Uninterrupted();
        using var directory = new TemporaryDirectory();
        using (var model = TinyRun.Model())
        {
            var saves = 0;
            var host = new TrainingHost
            {
                SaveModel = path =>
                {
                    File.WriteAllText(Path.Combine(path, "config.json"), "{");
                    if (++saves == 2) throw new InvalidOperationException("died"); // nothing of the trainer's runs after this
                    CheckpointWriter.SaveWeights(path, model.state_dict());
                },
            };
            Assert.Throws<InvalidOperationException>(() => Trainer(model, directory.Path, host).Train());
        }

        Assert.Contains(Directory.GetDirectories(directory.Path), path => Path.GetFileName(path).StartsWith(".writing-4", StringComparison.Ordinal));
        using var resumed = TinyRun.Model();
        Trainer(resumed, directory.Path, new TrainingHost(), resume: true).Train();
        TinyRun.AssertSame(weights, TinyRun.Weights(resumed));
        Assert.DoesNotContain(Directory.GetDirectories(directory.Path), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public void A_full_disk_is_one_clear_error_and_the_earlier_checkpoint_survives()
    {
        using var directory = new TemporaryDirectory();
        using var model = TinyRun.Model();
        var saves = 0;
        var host = new TrainingHost
        {
            SaveModel = path =>
            {
                CheckpointWriter.SaveWeights(path, model.state_dict());
                if (++saves == 2) throw new IOException("No space left on device");
            },
        };
        var error = Assert.Throws<DllmException>(() => Trainer(model, directory.Path, host).Train());
        Assert.Contains("No space left on device; checkpoint-2 is intact", error.Message);
        Assert.Equal(["checkpoint-2", "last"], Directory.GetDirectories(directory.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_resumed_run_must_be_the_same_run()
    {
        using var directory = new TemporaryDirectory();
        using var model = TinyRun.Model();
        Trainer(model, directory.Path, new TrainingHost()).Train();
        var options = TinyRun.Options with { OutputDir = directory.Path, Resume = true };
        void Refused(TrainingOptions changed, TrainingData data, string told) => Assert.Contains(
            told, Assert.Throws<DllmException>(() => new Trainer(model, TinyRun.Objective(), data, changed).Train()).Message);

        Refused(options with { Seed = 43 }, TinyRun.Data(), "its run had --seed 42, now 43; go on with --seed 42, or start a new run from its weights: --model ");
        Refused(options with { LearningRate = 0.5, DataSeed = 7 }, TinyRun.Data(), "go on with no --data-seed --learning-rate 0.01, or");
        Refused(options, TinyRun.Data(rows: 11), "the training set of 10 rows");
        Refused(options with { MaxSteps = 5 }, TinyRun.Data(), "has 6 steps behind it, but the run is to have 5");
        Refused(options with { PerDeviceTrainBatchSize = 1, GradientAccumulationSteps = 4 }, TinyRun.Data(), "--per-device-train-batch-size 2");
        var other = new MdlmObjective(TinyRun.Mask, options: new MdlmObjectiveOptions { TimeEnd = 0.5 });
        Assert.Contains("times 0.001 to 1, ", Assert.Throws<DllmException>(() => new Trainer(model, other, TinyRun.Data(), options).Train()).Message);
        Assert.False(new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options with { LoggingSteps = 1 }).Train().Cancelled);
    }

    [Theory]
    [InlineData(LrSchedulerType.Constant, "12 steps instead of 6; the learning rate stays 1e-2")]
    [InlineData(LrSchedulerType.Linear, "12 steps instead of 6: from here on the learning rate (linear) is that of a run of 12 steps, 6e-3 at step 7 instead of 0e0")]
    public void A_run_can_be_made_longer(LrSchedulerType schedule, string told)
    {
        using var directory = new TemporaryDirectory();
        var options = TinyRun.Options with { OutputDir = directory.Path, LrSchedulerType = schedule, EvalStrategy = IntervalStrategy.No };
        using (var model = TinyRun.Model())
            new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options).Train();
        string? notice = null;
        using var resumed = TinyRun.Model();
        using var sink = new MemorySink();
        var longer = options with { MaxSteps = 12, Resume = true, LoggingSteps = 1 };
        new Trainer(resumed, TinyRun.Objective(), TinyRun.Data(), longer, new TrainingHost { Sinks = [sink], Notice = said => notice = said }).Train();
        Assert.Contains(told, notice);
        Assert.Equal(7, sink.Events[0].Step);
        Assert.Equal(new LearningRateSchedule(longer, 12).At(6), sink.Events[0].Values.Single(v => v.Key == "learning_rate").Value);
        new Trainer(resumed, TinyRun.Objective(), TinyRun.Data(), longer, new TrainingHost { Notice = _ => Assert.Fail("it has that length by now") }).Train();
        using var constant = TinyRun.Model();
        if (schedule != LrSchedulerType.Constant) return;
        new Trainer(constant, TinyRun.Objective(), TinyRun.Data(), longer with { OutputDir = null, Resume = false }).Train();
        TinyRun.AssertSame(TinyRun.Weights(constant), TinyRun.Weights(resumed)); // it simply goes on
    }

    [Fact]
    public void A_run_can_go_on_in_smaller_micro_batches_where_steps_do_not_depend_on_them()
    {
        using var directory = new TemporaryDirectory();
        var options = TinyRun.Options with { OutputDir = directory.Path, PerDeviceTrainBatchSize = 4, GradientAccumulationSteps = 1, MaxSteps = 2 };
        using var model = TinyRun.Model();
        new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options).Train();
        var smaller = options with
        {
            MaxSteps = 4,
            Resume = true,
            PerDeviceTrainBatchSize = 1,
            GradientAccumulationSteps = 4,
            GradientAccumulation = GradientAccumulation.Tokens,
        };
        var other = smaller with { GradientAccumulationSteps = 2 };
        Assert.Throws<DllmException>(() => new Trainer(model, TinyRun.Objective(), TinyRun.Data(), other).Train());
        Assert.Equal(4, new Trainer(model, TinyRun.Objective(), TinyRun.Data(), smaller).Train().Step);
    }

    [Fact]
    public void A_refused_run_writes_nothing()
    {
        using var directory = new TemporaryDirectory();
        using var model = TinyRun.Model();
        Trainer(model, directory.Path, new TrainingHost()).Train();
        using var metrics = new JsonlMetricSink(Path.Combine(directory.Path, "metrics.jsonl"));
        using var events = new TensorBoardMetricSink(Path.Combine(directory.Path, "tensorboard"));
        var before = Directory.GetFileSystemEntries(directory.Path).Order().ToArray();
        foreach (var options in new[] { TinyRun.Options with { Seed = 43, Resume = true }, TinyRun.Options with { OverwriteOutputDir = false } })
        {
            var host = new TrainingHost { Sinks = [metrics, events] };
            Assert.Throws<DllmException>(() => new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options with { OutputDir = directory.Path }, host).Train());
            Assert.Equal(before, Directory.GetFileSystemEntries(directory.Path).Order());
        }
    }

    [Fact]
    public void A_damaged_state_is_told_with_its_file()
    {
        using var directory = new TemporaryDirectory();
        using var model = TinyRun.Model();
        Trainer(model, directory.Path, new TrainingHost()).Train();
        File.WriteAllText(Path.Combine(directory.Path, "checkpoint-6", "trainer_state.json"), "{");
        var error = Assert.Throws<DllmException>(() => Trainer(model, directory.Path, new TrainingHost(), resume: true).Train());
        Assert.Contains("trainer_state.json", error.Message);
    }

    [Fact]
    public void Only_the_newest_and_the_best_checkpoints_stay()
    {
        using var directory = new TemporaryDirectory();
        using var model = TinyRun.Model();
        var options = TinyRun.Options with { OutputDir = directory.Path, SaveSteps = 1, EvalSteps = 1, SaveTotalLimit = 2 };
        var result = new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options).Train();
        var best = Path.GetFileName(result.BestCheckpoint!);
        var names = Checkpoints(directory.Path);
        Assert.Contains("checkpoint-6", names);
        Assert.Contains(best, names);
        Assert.InRange(names.Count, 2, 3);
        Assert.Equal(best, new DirectoryInfo(Path.Combine(directory.Path, "best")).LinkTarget);
        Assert.Equal("checkpoint-6", new DirectoryInfo(Path.Combine(directory.Path, "last")).LinkTarget);
        var resumable = names.Where(name => File.Exists(Path.Combine(directory.Path, name, "optimizer.safetensors")));
        Assert.Equal(["checkpoint-6"], resumable); // save_only_model: only the newest can be resumed
    }

    [Fact]
    public void The_best_weights_can_be_taken_at_the_end()
    {
        using var directory = new TemporaryDirectory();
        using var model = TinyRun.Model(dropout: 0);
        var options = TinyRun.Options with { OutputDir = directory.Path, SaveSteps = 1, EvalSteps = 1, LoadBestModelAtEnd = true, LearningRate = 0.3, WarmupRatio = 0.5 };
        var trainer = new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options);
        var result = trainer.Train();
        Assert.NotEqual("checkpoint-6", Path.GetFileName(result.BestCheckpoint)); // a rate this high makes it worse in the end
        Assert.Equal(result.BestNegativeLogLikelihood, trainer.Evaluate().NegativeLogLikelihood);
    }

    [Fact]
    public void A_fresh_run_overwrites_another_ones_checkpoints_only_when_allowed()
    {
        using var directory = new TemporaryDirectory();
        using var model = TinyRun.Model();
        Trainer(model, directory.Path, new TrainingHost()).Train();
        var options = TinyRun.Options with { OutputDir = directory.Path, MaxSteps = 1, OverwriteOutputDir = false };
        Assert.Contains("checkpoints of another run", Assert.Throws<DllmException>(() =>
            new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options).Train()).Message);
        Assert.Equal(3, Checkpoints(directory.Path).Count);
        new Trainer(model, TinyRun.Objective(), TinyRun.Data(), options with { OverwriteOutputDir = true }).Train();
        Assert.Equal(["checkpoint-1"], Checkpoints(directory.Path));
    }

    [Theory]
    [InlineData("best")]
    [InlineData("last")]
    public void A_folder_of_the_users_own_is_not_taken_for_a_pointer(string name)
    {
        using var directory = new TemporaryDirectory();
        using var model = TinyRun.Model();
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(directory.Path, name)).FullName, "thesis.tex"), "");
        var error = Assert.Throws<DllmException>(() => Trainer(model, directory.Path, new TrainingHost()).Train());
        Assert.Contains("in the way", error.Message);
        Assert.True(File.Exists(Path.Combine(directory.Path, name, "thesis.tex")));
    }

    [Fact]
    public void An_output_directory_that_cannot_be_is_told_before_the_first_step()
    {
        using var directory = new TemporaryDirectory();
        using var model = TinyRun.Model();
        var file = Path.Combine(directory.Path, "file");
        File.WriteAllText(file, "");
        var steps = 0;
        var error = Assert.Throws<DllmException>(() => Trainer(model, file, Host(new MemorySink(), _ => steps++)).Train());
        Assert.Contains(file, error.Message);
        Assert.Equal(0, steps);
    }

    [Fact]
    public void A_process_killed_outright_is_resumed_exactly()
    {
        var (weights, _) = Uninterrupted();
        using var directory = new TemporaryDirectory();
        using (var child = StartChild(directory.Path))
        {
            var deadline = Stopwatch.StartNew();
            while (!Directory.Exists(Path.Combine(directory.Path, "checkpoint-2")) && !child.HasExited && deadline.Elapsed < TimeSpan.FromMinutes(2))
                Thread.Sleep(20);
            Assert.False(child.HasExited, "the child ended before it was killed");
            child.Kill();
            child.WaitForExit();
        }

        Assert.True(Checkpoints(directory.Path).Count is 1 or 2);
        using var resumed = TinyRun.Model();
        Trainer(resumed, directory.Path, new TrainingHost(), resume: true).Train();
        TinyRun.AssertSame(weights, TinyRun.Weights(resumed));
    }

    /// <summary>Run by the test above in a process of its own, which it kills.</summary>
    [Fact(Explicit = true)]
    public void Child_to_be_killed()
    {
        set_num_threads(int.Parse(Environment.GetEnvironmentVariable("DLLM_TESTS_THREADS")!));
        using var model = TinyRun.Model();
        Trainer(model, Environment.GetEnvironmentVariable(KillDirectory)!, Host(new MemorySink(), _ => Thread.Sleep(500))).Train();
    }

    private static Process StartChild(string directory)
    {
        var assembly = typeof(ResumeTests).Assembly.Location;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["exec", assembly, "-method", $"{typeof(ResumeTests).FullName}.{nameof(Child_to_be_killed)}", "-explicit", "only"])
            start.ArgumentList.Add(argument);
        start.Environment[KillDirectory] = directory;
        start.Environment["DLLM_TESTS_THREADS"] = get_num_threads().ToString();
        var child = Process.Start(start)!;
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        return child;
    }

    private static (Dictionary<string, float[]> Weights, List<string> Metrics) Uninterrupted()
    {
        using var directory = new TemporaryDirectory();
        using var sink = new MemorySink();
        using var model = TinyRun.Model();
        Trainer(model, directory.Path, Host(sink)).Train();
        return (TinyRun.Weights(model), sink.Lines);
    }

    private static TrainingHost Host(IMetricSink sink, Action<TrainingProgress>? progress = null) =>
        new() { Sinks = [sink], Progress = progress is null ? null : new StepWatcher(progress) };

    private static Trainer Trainer(Dllm.Models.Denoiser model, string directory, TrainingHost host, bool resume = false) =>
        new(model, TinyRun.Objective(), TinyRun.Data(), TinyRun.Options with { OutputDir = directory, Resume = resume }, host);

    private static List<string> Checkpoints(string directory) =>
        [.. Directory.GetDirectories(directory, "checkpoint-*").Select(path => Path.GetFileName(path)!).Order()];
}
