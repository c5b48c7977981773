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
/// Cases of kind <c>mdlm_loss</c>: the masked-diffusion loss of a batch under many settings. Loss, running metric, number of draws, masked and
/// maskable tokens, times, weights and gradients must agree.
/// </summary>
internal sealed class MdlmLossVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds => ["mdlm_loss"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        c.RequireFamily();
        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(c.ModelDirectory);
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        var results = new List<CheckResult>();
        foreach (var variant in c.Json.GetProperty("variants").EnumerateArray())
        {
            using var step = NewDisposeScope();
            results.AddRange(Verify(c, variant, model.Denoiser, file));
        }

        return results;
    }

    private static IEnumerable<CheckResult> Verify(VerificationCase c, JsonElement variant, Denoiser denoiser, SafetensorsFile file)
    {
        var name = variant.GetProperty("name").GetString()!;
        var tolerance = c.Json.GetProperty("tolerance");
        var (absolute, relative) = (tolerance.GetProperty("loss_abs").GetDouble(), tolerance.GetProperty("loss_rel").GetDouble());
        var gradients = tolerance.GetProperty("grad_rel").GetDouble();
        var options = TrainingCases.Objective(variant, c.Json.GetProperty("options"), variant.GetProperty("scheduler").GetString()!);
        var tokens = c.Json.GetProperty("token_ids");
        var objective = new MdlmObjective(tokens.GetProperty("mask").GetInt32(), tokens.GetProperty("bos").GetInt32(), options);
        using var batch = ReadBatch(variant, file);
        using var generator = new Generator((ulong)variant.GetProperty("seed").GetInt64());
        denoiser.train(variant.GetProperty("model_training").GetBoolean());
        denoiser.zero_grad();
        var result = objective.Compute(denoiser, batch, generator);
        result.Backward();

        CheckResult Close(string what, double expected, double actual, double abs, double rel) =>
            CheckResult.Close($"{name}.{what}", expected, actual, abs + (rel * Math.Abs(expected)));

        yield return Close("loss", variant.GetProperty("expected_loss").GetDouble(), result.Loss.ToSingle(), absolute, relative);
        var nll = result.NegativeLogLikelihood.ToSingle() / (double)result.Tokens;
        var metric = variant.GetProperty("expected_metric");
        yield return Close("nll", metric.GetProperty("nll").GetDouble(), nll, absolute, relative);
        yield return Close("ppl", metric.GetProperty("ppl").GetDouble(), Math.Exp(nll), absolute, relative * Math.Max(1, Math.Abs(nll)) * 2);
        yield return CheckResult.Equal($"{name}.next_rand", (float)variant.GetProperty("expected_next_rand").GetDouble(), rand(1, generator: generator).ToSingle());
        yield return CheckResult.Equal($"{name}.n_masked", variant.GetProperty("n_masked").GetInt64(), result.MaskedTokens);
        yield return CheckResult.Equal($"{name}.n_maskable", variant.GetProperty("n_maskable").GetInt64(), result.Tokens);
        foreach (var check in VerifyTimes(name, variant, options, file)) yield return check;

        var expectedNorms = variant.GetProperty("expected_grad_norms");
        var squares = 0.0;
        foreach (var (parameter, value) in denoiser.named_parameters())
        {
            using var gradient = value.grad ?? zeros_like(value);
            var norm = gradient.norm().ToSingle();
            squares += (double)norm * norm;
            if (expectedNorms.TryGetProperty(parameter, out var expected))
                yield return Close($"grad_norm.{parameter}", expected.GetDouble(), norm, absolute, gradients);
            if (file.Tensors.ContainsKey($"{name}.grad.{parameter}"))
            {
                using var wanted = file.Read($"{name}.grad.{parameter}");
                var bound = gradients * wanted.abs().max().ToSingle();
                yield return new CheckResult($"{name}.grad.{parameter}", (gradient - wanted).abs().max().ToSingle(), bound, "values differ");
            }
        }

        yield return Close("grad_norm", variant.GetProperty("expected_total_grad_norm").GetDouble(), Math.Sqrt(squares), absolute, gradients);
    }

    // The first draws of the same seed, weighted as the objective weights them.
    private static IEnumerable<CheckResult> VerifyTimes(string name, JsonElement variant, MdlmObjectiveOptions options, SafetensorsFile file)
    {
        if (!file.Tensors.ContainsKey($"{name}.t")) yield break;
        using var expected = file.Read($"{name}.t"); // [B]
        using var generator = new Generator((ulong)variant.GetProperty("seed").GetInt64());
        var ids = zeros(expected.shape[0], variant.GetProperty("seq_len_after").GetInt64(), dtype: int64);
        var noised = new ForwardProcess(options.Schedule, options.TimeEpsilon).Corrupt(ids, ids, 0, generator);
        yield return new CheckResult($"{name}.t", (noised.Times - expected).abs().max().ToSingle(), 1e-6, "times differ");
        if (!file.Tensors.ContainsKey($"{name}.loss_weight_per_row")) yield break;
        using var weights = file.Read($"{name}.loss_weight_per_row"); // [B]
        var actual = options.LossWeightType.Weights(noised, options.Schedule).expand(ids.shape).select(1, 0); // [B]
        yield return new CheckResult($"{name}.loss_weight", ((actual - weights) / weights).abs().max().ToSingle(), 1e-5, "weights differ");
    }

    private static Batch ReadBatch(JsonElement variant, SafetensorsFile file)
    {
        var prefix = $"batch.{variant.GetProperty("batch").GetString()}.";
        var attention = variant.GetProperty("use_attention_mask").GetBoolean() ? file.Read(prefix + "attention_mask") : null;
        return new Batch(file.Read(prefix + "input_ids").to(int64), file.Read(prefix + "labels").to(int64), attention);
    }
}
