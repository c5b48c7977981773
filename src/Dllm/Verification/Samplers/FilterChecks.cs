using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>The functions of samplers that narrow distributions, tell confidences, and share tokens out over steps.</summary>
internal static class FilterChecks
{
    /// <summary>Top-k and top-p of the samplers, and Dream's confidences.</summary>
    public static IEnumerable<CheckResult> Filters(VerificationCase c, IEnumerable<JsonElement> entries)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        var logits = file.Read("logits");
        var checks = new List<CheckResult>();
        foreach (var entry in entries)
        {
            var (function, name) = (entry.Text("function"), entry.Text("output"));
            var expected = file.Read(name);
            if (function != "dream.sample_tokens")
            {
                checks.Add(Same($"{function} {name}", expected, Filter(function, entry).Apply(logits)));
                continue;
            }

            var filtered = Filter(function, entry).Apply(logits.narrow(0, 0, entry.Int("rows")));
            var tokens = new GreedyChoice().Choose(filtered, null);
            IConfidence confidence = Flag(entry, "margin_confidence") ? new ProbabilityMargin()
                : Flag(entry, "neg_entropy") ? new NegativeEntropy()
                : new TokenProbability([]);
            checks.Add(CheckResult.EqualSequence(
                $"tokens of {name}", entry.GetProperty("tokens").Ints(), Array.ConvertAll(tokens.data<long>().ToArray(), token => (int)token)));
            var difference = (confidence.Score(filtered, tokens) - expected).abs().max().ToDouble();
            checks.Add(new CheckResult($"confidence {name}", difference, 1e-6, "values differ"));
        }

        return checks;
    }

    /// <summary>LLaDA2's even schedule and the draws of Edit Flows.</summary>
    public static IEnumerable<CheckResult> Miscellaneous(VerificationCase c, IEnumerable<JsonElement> entries)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        return [.. entries.Select(entry => entry.Text("function") switch
        {
            "even_transfer_schedule" => CheckResult.EqualSequence(
                $"{entry.Int("block_size")} in {entry.Int("steps_per_block")}",
                entry.GetProperty("expected").Ints(),
                Llada2Sampler.EvenPlan(entry.Int("block_size"), entry.Int("steps_per_block"))),
            "bernoulli_from_rate" => Bernoulli(file, entry),
            var name => throw new CaseSkippedException($"the function {name} is not known"),
        })];
    }

    private static CheckResult Bernoulli(SafetensorsFile file, JsonElement entry)
    {
        using var generator = new Generator((ulong)entry.Int("seed"), CPU);
        var rates = file.Read($"rate.{entry.Int("index")}").flatten().data<float>().ToArray();
        var happens = TauLeap.Happens(rates, entry.GetProperty("tau").GetDouble(), generator);
        return CheckResult.EqualSequence(
            $"bernoulli {entry.Int("index")}",
            [.. entry.GetProperty("expected").EnumerateArray().Select(value => value.GetDouble() == 1)],
            happens);
    }

    private static LogitFilter Filter(string function, JsonElement entry)
    {
        var topK = entry.OptionalInt("top_k") ?? entry.OptionalInt("k");
        var topP = (entry.Optional("top_p") ?? entry.Optional("p"))?.GetDouble();
        var isDream = function.StartsWith("dream.", StringComparison.Ordinal);
        var isRnd = function.StartsWith("rnd.", StringComparison.Ordinal);
        return new LogitFilter
        {
            TopK = topK > 0 ? topK : null,
            TopP = topP < 1 ? topP : null,
            TopPFirst = isDream,
            KeepsTies = !isRnd,
            LeastOfTopP = isRnd ? 2 : 1,
            Removed = isDream ? finfo(float32).min : double.NegativeInfinity,
        };
    }

    private static bool Flag(JsonElement entry, string name) => entry.Optional(name)?.GetBoolean() ?? false;

    private static CheckResult Same(string name, Tensor expected, Tensor actual) =>
        CheckResult.EqualSequence(name, expected.contiguous().data<float>().ToArray(), actual.contiguous().data<float>().ToArray());
}
