using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Diffusion;
using Dllm.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>Cases of kind <c>pure</c>: functions without a model. Those of samplers that are not there yet are skipped.</summary>
internal sealed class PureVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds => ["pure"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        var name = c.Json.TryGetProperty("name", out var named) ? named.GetString() : c.Json.GetProperty("family").GetString();
        var entries = c.Json.GetProperty("entries").EnumerateArray();
        return name switch
        {
            "alpha-schedulers" => AlphaSchedules(c, entries),
            "kappa-schedulers" => KappaSchedules(c, entries),
            "num-transfer-tokens" => entries.Select(TransferPlans),
            "gumbel-noise" => Gumbel(c, entries),
            "fast-transfer-index" => FastTransferCheck.Run(c, entries),
            "bd3lm-block-step" => BlockDiffusionChecks.Steps(c, entries),
            "bd3lm-masks" => BlockDiffusionChecks.Masks(c, entries),
            "logit-filters" => FilterChecks.Filters(c, entries),
            "misc" => FilterChecks.Miscellaneous(c, entries),
            "trim" => entries.SelectMany(Trim),
            _ => throw new CaseSkippedException($"the functions of {name} belong to a sampler that is not supported yet"),
        };
    }

    private static IEnumerable<CheckResult> AlphaSchedules(VerificationCase c, IEnumerable<JsonElement> entries)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        var checks = new List<CheckResult>();
        foreach (var entry in entries)
        {
            var noise = NoiseSchedule.ByName(entry.GetProperty("scheduler").GetString()!);
            checks.AddRange(ScheduleVerifier.CompareAlpha(file, noise.Name, "s_pairs", "t_pairs"));
            checks.AddRange(CompareTable(entry, noise.Name, "alpha", noise.Alpha));
            checks.AddRange(CompareTable(entry, noise.Name, "alpha_derivative", noise.AlphaDerivative));
            checks.AddRange(CompareTable(entry, noise.Name, "weight", noise.Weight));
            foreach (var (pair, expected) in entry.GetProperty("float_pairs").EnumerateArray().Zip(Doubles(entry, "reverse_mask_prob")))
            {
                var (s, t) = (pair[0].GetDouble(), pair[1].GetDouble());
                var name = $"{noise.Name}.reverse_mask_prob({s}, {t})";
                checks.Add(ScheduleVerifier.CompareValue(name, expected, noise.ReverseMaskProbability(s, t)));
            }
        }

        return checks;
    }

    private static IEnumerable<CheckResult> KappaSchedules(VerificationCase c, IEnumerable<JsonElement> entries)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        var checks = new List<CheckResult>();
        foreach (var entry in entries)
        {
            var key = entry.GetProperty("key").GetString()!;
            var kappa = ScheduleVerifier.Kappa(entry, "scheduler");
            checks.AddRange(ScheduleVerifier.CompareKappa(file, key, kappa));
            checks.AddRange(CompareTable(entry, key, "kappa", kappa.Kappa));
            checks.AddRange(CompareTable(entry, key, "kappa_derivative", kappa.KappaDerivative));
            checks.AddRange(CompareTable(entry, key, "weight", kappa.Weight));
        }

        return checks;
    }

    private static IEnumerable<CheckResult> CompareTable(JsonElement entry, string name, string column, Func<double, double> function) =>
        Doubles(entry, "float_t").Zip(Doubles(entry, column), (t, expected) =>
            ScheduleVerifier.CompareValue($"{name}.{column}({t})", expected, function(t)));

    private static CheckResult TransferPlans(JsonElement entry)
    {
        var noise = NoiseSchedule.ByName(entry.GetProperty("scheduler").GetString()!);
        var schedule = new TransferSchedule(noise, entry.GetProperty("steps").GetInt32());
        int[] counts = Ids(entry.GetProperty("mask_counts"));
        int[][] plans;
        if (entry.GetProperty("seed") is { ValueKind: JsonValueKind.Number } seed)
        {
            using var generator = new Generator(seed.GetUInt64(), CPU);
            plans = [.. counts.Select(masks => schedule.Stochastic(masks, generator))];
        }
        else
        {
            plans = [.. counts.Select(schedule.Deterministic)];
        }

        var width = plans.Max(plan => plan.Length);
        var table = plans.Select(plan => string.Join(' ', plan.Concat(new int[width - plan.Length])));
        var expected = entry.GetProperty("table").EnumerateArray().Select(row => string.Join(' ', Ids(row)));
        var name = $"[{string.Join(", ", counts)}] in {schedule.Steps} steps, {noise.ShortName}";
        return CheckResult.EqualSequence(name, [.. expected], [.. table]);
    }

    private static IEnumerable<CheckResult> Gumbel(VerificationCase c, IEnumerable<JsonElement> entries)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        var checks = new List<CheckResult>();
        foreach (var entry in entries)
        {
            var (index, temperature) = (entry.GetProperty("index").GetInt32(), entry.GetProperty("temperature").GetDouble());
            using var generator = new Generator(entry.GetProperty("seed").GetUInt64(), CPU);
            var logits = file.Read($"logits.{index}");
            var uniforms = rand(logits.shape, float64, generator: generator);
            if (temperature > 0)
            {
                var equal = uniforms.eq(file.Read($"uniform.{index}")).all().ToBoolean();
                checks.Add(CheckResult.Exact($"uniform.{index}", equal, "other numbers were drawn"));
            }

            var expected = file.Read($"expected.{index}");
            var actual = GumbelNoise.Apply(logits, uniforms, temperature);
            checks.Add(CheckResult.Equal($"type {index}", expected.dtype, actual.dtype));
            var difference = ((actual - expected) / expected).abs().max().ToDouble();
            checks.Add(new CheckResult($"expected.{index}", difference, 1e-12, "values differ"));
            long[] largest = [.. entry.GetProperty("argmax").EnumerateArray().SelectMany(Ids).Select(id => (long)id)];
            checks.Add(CheckResult.EqualSequence($"argmax {index}", largest, actual.argmax(-1).flatten().data<long>().ToArray()));
        }

        return checks;
    }

    private static IEnumerable<CheckResult> Trim(JsonElement entry)
    {
        var tokens = entry.GetProperty("tokenizer");
        var (mask, end, padding) = (Token("mask_token_id"), Token("eos_token_id"), Token("pad_token_id"));
        // As in the original, an end-of-turn token counts only beside an end-of-sequence token.
        int[] ends = end is null ? [] : [.. new[] { end, Token("eot_token_id") }.OfType<int>()];
        int?[] hidden = [mask, Token("bos_token_id"), end, padding];
        var function = entry.GetProperty("function").GetString()!;
        foreach (var (sequence, i) in entry.GetProperty("sequences").EnumerateArray().Select((row, i) => (Ids(row), i)))
        {
            var prompt = Ids(entry.GetProperty("inputs")[i]);
            var written = function == "infill_trim"
                ? ResponseTokens.Infilling(sequence, prompt, mask!.Value, padding, ends)
                : ResponseTokens.Completion(sequence, prompt, padding, ends);
            // Where the original raises (a row padded on the right), what stands in the gaps of the prompt is expected.
            var expected = entry.TryGetProperty("expected", out var texts)
                ? texts[i].GetString()!
                : string.Join(' ', prompt.Zip(sequence).Where(pair => pair.First == mask).Select(pair => pair.Second));
            yield return CheckResult.Equal(
                $"{function} of [{string.Join(", ", sequence)}]", expected, string.Join(' ', written.Where(id => !hidden.Contains(id))));
        }

        int? Token(string key) => tokens.TryGetProperty(key, out var id) && id.ValueKind == JsonValueKind.Number ? id.GetInt32() : null;
    }

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];

    private static IEnumerable<double> Doubles(JsonElement entry, string key) =>
        entry.GetProperty(key).EnumerateArray().Select(value => value.GetDouble());
}
