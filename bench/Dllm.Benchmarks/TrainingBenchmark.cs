using System.Diagnostics;
using System.Globalization;
using Dllm.Checkpoints;
using Dllm.Data;
using Dllm.Diffusion;
using Dllm.Models;
using Dllm.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

// B rows, T tokens, V vocabulary.

/// <summary>
/// One training step of masked diffusion, ours against the original's written out in eager TorchSharp: logits and cross-entropy of every
/// position, plain AdamW. Same weights, same noise; the losses must agree.
/// </summary>
public static class TrainingBenchmark
{
    private const int Mask = 4;

    /// <summary>ModernBERT-base's sizes.</summary>
    private const string Base = """{"model_type": "modernbert"}""";

    /// <summary>Times steps of both in turn and prints the ratio.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="rows">B; 4 by default.</param>
    /// <param name="columns">T; 256 by default.</param>
    /// <param name="steps">Timed steps of each, after one that is not.</param>
    /// <param name="bf16">Whether ours computes products in bfloat16 (the literal step stays float32).</param>
    /// <param name="config">A config.json's text; null: ModernBERT-base.</param>
    /// <returns>How many times faster ours is.</returns>
    public static double Run(TextWriter output, int rows = 4, int columns = 256, int steps = 2, bool bf16 = false, string? config = null)
    {
        using var ours = Build(config ?? Base);
        using var literal = Build(config ?? Base);
        var data = Rows(rows * (steps + 1), columns, ours.VocabularySize);
        var clock = new StepClock();
        var (oursTimes, literalTimes) = (new List<double>(), new List<double>());
        var (oursLosses, literalLosses) = (new List<double>(), new List<double>());
        using var literalStep = new LiteralStep(literal, data, rows);
        var progress = new Reporter(done =>
        {
            oursTimes.Add(clock.Lap());
            oursLosses.Add(done.Loss!.Value);
            literalLosses.Add(literalStep.Run(done.Step - 1)); // in turn: both meet the same neighbours on the machine
            literalTimes.Add(clock.Lap());
        });
        new Trainer(ours, new MdlmObjective(Mask), data, Options(rows, steps, bf16), new TrainingHost { Progress = progress }).Train();
        var (a, b) = (oursTimes.Skip(1).Min(), literalTimes.Skip(1).Min());
        var difference = oursLosses.Zip(literalLosses, (x, y) => Math.Abs(x - y)).Max();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"training step {rows}x{columns} {(bf16 ? "bf16" : "f32")}: ours {a:0.000} s, literal f32 {b:0.000} s, ratio {b / a:0.00}, largest difference of losses {difference:0.0e+00}"));
        return b / a;
    }

    private static TrainingOptions Options(int rows, int steps, bool bf16) => new()
    {
        MaxSteps = steps + 1,
        PerDeviceTrainBatchSize = rows,
        LearningRate = 1e-4,
        LrSchedulerType = LrSchedulerType.Constant,
        NoiseSeed = 1000,
        ReferenceRng = true,
        Bf16 = bf16,
    };

    private static Denoiser Build(string config)
    {
        var json = JsonConfig.Parse(config, "benchmark");
        var model = ModelFamilies.For(json.ModelType).Build(json, ScalarType.Float32, CPU);
        using var generator = new Generator(1);
        model.Initialize(generator);
        return model;
    }

    private static TrainingData Rows(int count, int columns, int vocabulary)
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, count)
            .Select(_ => TokenizedSample.AllTokens([.. Enumerable.Range(0, columns).Select(_ => random.Next(5, vocabulary))]))
            .ToList();
        return new TrainingData { Train = rows, Collator = new PadCollator(0), Shuffle = false };
    }

    private sealed class Reporter(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    private sealed class StepClock
    {
        private long _last = Stopwatch.GetTimestamp();

        public double Lap()
        {
            var (last, now) = (_last, Stopwatch.GetTimestamp());
            _last = now;
            return Stopwatch.GetElapsedTime(last, now).TotalSeconds;
        }
    }

    // The original's trainer, operation by operation.
    private sealed class LiteralStep(Denoiser model, TrainingData data, int rows) : IDisposable
    {
        private readonly optim.Optimizer _optimizer = optim.AdamW(model.parameters(), 1e-4, weight_decay: 0);
        private readonly Generator _generator = new();

        public double Run(int step)
        {
            using var scope = NewDisposeScope();
            model.train();
            _generator.manual_seed(1000 + step);
            using var batch = data.Collator.Collate([.. data.Train.Skip(step * rows).Take(rows)], _generator);
            var times = 1e-3 + (1 - 1e-3) * rand(rows, generator: _generator); // [B]
            var chances = rand(batch.Ids.shape, generator: _generator); // [B, T]
            var maskable = batch.Labels != TokenizedSample.IgnoredLabel;
            var masked = (chances < (1 - NoiseSchedule.Linear.Alpha(times)).unsqueeze(1)) & maskable;
            var noised = where(masked, full_like(batch.Ids, Mask), batch.Ids);
            var logits = model.Forward(new DenoiserInput(noised, batch.AttentionMask)); // [B, T, V]
            var nll = nn.functional.cross_entropy(logits.transpose(1, 2), batch.Ids, reduction: nn.Reduction.None); // [B, T]
            nll = nll * NoiseSchedule.Linear.Weight(times).unsqueeze(1) * masked;
            var loss = (nll / maskable.sum()).sum();
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1);
            _optimizer.step();
            _optimizer.zero_grad();
            return loss.ToSingle();
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _generator.Dispose();
        }
    }
}
