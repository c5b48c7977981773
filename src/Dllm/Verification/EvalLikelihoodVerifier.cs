using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Evaluation;
using Dllm.Models;
using Dllm.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>
/// Cases of kind <c>eval_forward_process</c> and <c>eval_loglikelihood</c>: the noise, the estimates and the greedy check of the
/// original's evaluation, with its random draws.
/// </summary>
internal sealed class EvalLikelihoodVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds { get; } = ["eval_forward_process", "eval_loglikelihood"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        return [.. c.Kind == "eval_forward_process" ? Noise(c.Json, file) : Likelihoods(c, file)];
    }

    private static IEnumerable<CheckResult> Noise(JsonElement json, SafetensorsFile file)
    {
        int mask = json.Int("mask_id");
        foreach (var (_, item) in json.Items("mdlm"))
        {
            using var generator = Seeded(item);
            var noise = LikelihoodNoise.Stratified(item.Int("batch"), item.Int("prompt_len"), item.Int("target_len"), generator);
            foreach (var check in Compare(item.Text("prefix"), noise, mask, file)) yield return check;
            yield return NextRand(item, generator);
        }

        foreach (var (_, item) in json.Items("dream"))
        {
            using var generator = Seeded(item);
            var noise = LikelihoodNoise.Antithetic(item.Int("batch"), item.Int("length"), item.GetProperty("sampling_eps").GetDouble(), generator);
            foreach (var check in Compare(item.Text("prefix"), noise, mask, file)) yield return check;
        }
    }

    private static IEnumerable<CheckResult> Compare(string name, LikelihoodNoise noise, int mask, SafetensorsFile file)
    {
        var sequence = file.Read($"{name}.seq").to(int64); // [T]
        var noisy = sequence.expand(noise.IsMasked.shape).masked_fill(noise.IsMasked, mask); // [B, T]
        yield return CheckResult.EqualSequence(
            $"{name}.noisy", file.Read($"{name}.noisy").to(int64).data<long>().ToArray(), noisy.contiguous().data<long>().ToArray());
        var expected = file.Read($"{name}.p_mask"); // [B, T]
        yield return new CheckResult($"{name}.p_mask", (noise.Probability.unsqueeze(1) - expected).abs().max().ToDouble(), 1e-6, "values differ");
    }

    private static IEnumerable<CheckResult> Likelihoods(VerificationCase c, SafetensorsFile file)
    {
        c.RequireFamily();
        using var model = PretrainedModel.Load(c.ModelDirectory);
        int mask = c.Json.Int("mask_id");
        double tolerance = c.Json.GetProperty("tolerance").GetProperty("abs").GetDouble();
        int[] Ids(string name) => Array.ConvertAll(file.Read(name).to(int64).data<long>().ToArray(), id => (int)id);

        var masked = new MaskedLikelihood(model.Denoiser, mask);
        foreach (var (_, item) in c.Json.Items("mdlm"))
        {
            string name = item.Text("prefix");
            var (prefix, target) = (Ids($"{name}.prefix"), Ids($"{name}.target"));
            using var generator = Seeded(item);
            yield return CheckResult.Close(
                name, item.GetProperty("expected_loglikelihood").GetDouble(), masked.Estimate(prefix, target, Options(item), generator), tolerance);
            yield return NextRand(item, generator);
            yield return CheckResult.Equal($"{name}.greedy", item.Bool("expected_greedy_for_target"), masked.IsGreedy(prefix, target));
            yield return CheckResult.Equal(
                $"{name}.greedy_result", item.Bool("expected_greedy_for_greedy_result"), masked.IsGreedy(prefix, Ids($"{name}.greedy_result")));
        }

        var dream = new DreamLikelihood(new RightShiftedDenoiser(model.Denoiser), mask);
        foreach (var (_, item) in c.Json.Items("dream"))
        {
            string name = item.Text("prefix");
            var (prefix, target) = (Ids($"{name}.prefix"), Ids($"{name}.target"));
            var part = item.Text("log_type") switch
            {
                "ftb" => LikelihoodPart.Target,
                "btf" => LikelihoodPart.Prefix,
                _ => LikelihoodPart.Both,
            };
            using var generator = Seeded(item);
            double actual = item.Text("nll_type") == "mc"
                ? dream.Estimate(prefix, target, part, Options(item), item.GetProperty("sampling_eps").GetDouble(), generator)
                : dream.Chain(prefix, target, part, item.Text("nll_type") == "ar_btf", item.Int("batch_size"));
            yield return CheckResult.Close(name, item.GetProperty("expected_nll").GetDouble(), actual, tolerance);
        }
    }

    private static MonteCarloOptions Options(JsonElement item) => new() { Samples = item.Int("mc_num"), BatchSize = item.Int("batch_size") };

    private static Generator Seeded(JsonElement item) => new((ulong)item.GetProperty("seed").GetInt64());

    private static CheckResult NextRand(JsonElement item, Generator generator) => CheckResult.Equal(
        $"{item.Text("prefix")}.next_rand", (float)item.GetProperty("expected_next_rand").GetDouble(), rand(1, generator: generator).ToSingle());
}
