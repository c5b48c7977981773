using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Data;
using Dllm.Diffusion;
using Dllm.Models;
using Dllm.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>
/// Cases of kind <c>training_curve</c>: a short run with <see cref="Trainer"/> itself. Every loss, gradient norm, rate and parameter norm, the
/// grouping of parameters and the final weights must agree.
/// </summary>
internal sealed class TrainingCurveVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds => ["training_curve"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        var trainer = c.Json.GetProperty("trainer").GetString()!;
        if (trainer != "MDLMTrainer") throw new CaseSkippedException($"trainer {trainer} is not supported yet");
        c.RequireFamily();
        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(c.ModelDirectory);
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        var options = Options(c.Json);
        var objectiveOptions = TrainingCases.Objective(c.Json, c.Json.GetProperty("options"), c.Json.GetProperty("scheduler").GetString()!);
        var tokens = c.Json.GetProperty("token_ids");
        var objective = new LossRecorder(new MdlmObjective(tokens.GetProperty("mask").GetInt32(), tokens.GetProperty("bos").GetInt32(), objectiveOptions));
        var curve = new CurveRecorder(model.Denoiser);
        var data = new TrainingData { Train = Rows(file), Collator = new NoAttentionMaskCollator(new PadCollator(0)), Shuffle = false };
        var host = new TrainingHost { Sinks = [curve], Progress = curve };
        new Trainer(model.Denoiser, objective, data, options, host).Train();
        return [.. VerifyGroups(c, model.Denoiser, options), .. VerifyCurve(c, objective.Losses, curve), .. VerifyWeights(c, model.Denoiser, file)];
    }

    private static TrainingOptions Options(JsonElement json)
    {
        var options = json.GetProperty("options");
        var rule = json.GetProperty("accumulation_rule").GetString()!;
        return new TrainingOptions
        {
            MaxSteps = json.GetProperty("optimizer_steps").GetInt32(),
            PerDeviceTrainBatchSize = json.GetProperty("batch_size").GetInt32(),
            GradientAccumulationSteps = json.GetProperty("gradient_accumulation_steps").GetInt32(),
            GradientAccumulation = rule.StartsWith("gradients of the micro losses are SUMMED", StringComparison.Ordinal)
                ? GradientAccumulation.Reference
                : GradientAccumulation.Averaged,
            LearningRate = options.GetProperty("learning_rate").GetDouble(),
            WeightDecay = options.GetProperty("weight_decay").GetDouble(),
            LrSchedulerType = Names.Parse<LrSchedulerType>(options.GetProperty("lr_scheduler_type").GetString()!, "lr_scheduler_type"),
            WarmupRatio = options.GetProperty("warmup_ratio").GetDouble(),
            MaxGradNorm = options.GetProperty("max_grad_norm").GetDouble(),
            AdamBeta1 = options.GetProperty("adam_beta1").GetDouble(),
            AdamBeta2 = options.GetProperty("adam_beta2").GetDouble(),
            AdamEpsilon = options.GetProperty("adam_epsilon").GetDouble(),
            NoiseSeed = json.GetProperty("mask_seed_base").GetInt64(),
            ReferenceRng = true,
            LoggingSteps = 1,
            Bf16 = false,
        };
    }

    private static List<TokenizedSample> Rows(SafetensorsFile file)
    {
        using var ids = file.Read("data.input_ids").to(int32); // [rows, T]
        using var labels = file.Read("data.labels").to(int32);
        var columns = (int)ids.shape[1];
        return [.. ids.data<int>().ToArray().Chunk(columns).Zip(labels.data<int>().ToArray().Chunk(columns), (i, l) => new TokenizedSample(i, l))];
    }

    private static IEnumerable<CheckResult> VerifyGroups(VerificationCase c, Denoiser denoiser, TrainingOptions options)
    {
        using var optimizer = new AdamW(denoiser, options);
        yield return CheckResult.EqualSequence("decay_names", Sorted("decay_names"), [.. optimizer.DecayingNames.Order(StringComparer.Ordinal)]);
        yield return CheckResult.EqualSequence("no_decay_names", Sorted("no_decay_names"), [.. optimizer.ExemptNames.Order(StringComparer.Ordinal)]);

        string[] Sorted(string list) => [.. c.Json.GetProperty(list).EnumerateArray().Select(n => n.GetString()!).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<CheckResult> VerifyCurve(VerificationCase c, IReadOnlyList<double> losses, CurveRecorder curve)
    {
        var tolerance = c.Json.GetProperty("tolerance");
        var (early, late) = (tolerance.GetProperty("loss_abs_first_10").GetDouble(), tolerance.GetProperty("loss_rel_last").GetDouble());
        var expected = c.Json.GetProperty("expected");
        foreach (var (name, actual) in new[] { ("micro_loss", losses), ("grad_norm", curve.GradientNorms), ("param_norm", curve.ParameterNorms) })
        {
            var wanted = Numbers(name);
            yield return CheckResult.Equal($"{name} count", wanted.Length, actual.Count);
            for (var i = 0; i < Math.Min(wanted.Length, actual.Count); i++)
                yield return CheckResult.Close($"{name}[{i}]", wanted[i], actual[i], i < 10 && name == "micro_loss" ? early : late * Math.Abs(wanted[i]));
        }

        var rates = Numbers("lr");
        yield return CheckResult.Equal("lr count", rates.Length, curve.Rates.Count);
        for (var i = 0; i < Math.Min(rates.Length, curve.Rates.Count); i++)
            yield return CheckResult.Close($"lr[{i}]", rates[i], curve.Rates[i], tolerance.GetProperty("lr_abs").GetDouble());

        double[] Numbers(string name) => [.. expected.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
    }

    private static IEnumerable<CheckResult> VerifyWeights(VerificationCase c, Denoiser denoiser, SafetensorsFile file)
    {
        var tolerance = c.Json.GetProperty("tolerance").GetProperty("final_weight_abs").GetDouble();
        foreach (var (name, parameter) in denoiser.named_parameters())
        {
            using var scope = NewDisposeScope();
            var difference = (parameter.detach() - file.Read($"final.{name}")).abs().max().ToSingle();
            yield return new CheckResult($"final.{name}", difference, tolerance, "weights differ");
        }
    }

    // Each micro-batch's own loss, before it is put together with others.
    private sealed class LossRecorder(ITrainingObjective inner) : ITrainingObjective
    {
        public string Description => inner.Description;

        public List<double> Losses { get; } = [];

        public LossResult Compute(IDenoiser denoiser, Batch batch, NoiseSource noise, Device? device = null)
        {
            var result = inner.Compute(denoiser, batch, noise, device);
            Losses.Add(result.Loss.detach().ToSingle());
            return result;
        }
    }

    private sealed class CurveRecorder(Denoiser denoiser) : IMetricSink, IProgress<TrainingProgress>
    {
        public List<double> GradientNorms { get; } = [];

        public List<double> Rates { get; } = [];

        public List<double> ParameterNorms { get; } = [];

        public void Report(TrainingProgress value)
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            var squares = denoiser.named_parameters().Sum(p => p.parameter.to(float64).square().sum().ToDouble());
            ParameterNorms.Add(Math.Sqrt(squares));
        }

        public void Write(MetricEvent metrics)
        {
            foreach (var (name, value) in metrics.Values)
            {
                if (name == "grad_norm") GradientNorms.Add(value);
                if (name == "learning_rate") Rates.Add(value);
            }
        }

        public void Rewind(int step) { }

        public void Flush() { }

        public void Dispose() { }
    }
}
