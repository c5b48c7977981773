using System.Text.Json;
using Dllm.Evaluation.Tasks;

namespace Dllm.Verification;

/// <summary>Draws of CPython's generator.</summary>
internal sealed class PythonRandomVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["python_random"];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Verify(VerificationCase c) =>
        c.Json.Items("sample").SelectMany(i => Sample($"sample[{i.Index}]", i.Item))
            .Concat(c.Json.Items("shuffle").SelectMany(i => Shuffle($"shuffle[{i.Index}]", i.Item)))
            .Concat(c.Json.Items("random").Select(i => Values($"random[{i.Index}]", i.Item)));

    private static IEnumerable<CheckResult> Sample(string name, JsonElement item)
    {
        var random = Seeded(item);
        foreach (var (i, draw) in item.Items("draws"))
            yield return CheckResult.EqualSequence($"{name}.draws[{i}]", draw.Ints(), random.Sample(item.Int("population"), item.Int("n")));
    }

    private static IEnumerable<CheckResult> Shuffle(string name, JsonElement item)
    {
        var random = Seeded(item);
        foreach (var key in new[] { "first", "second" })
        {
            int[] list = [.. Enumerable.Range(0, item.Int("n"))];
            random.Shuffle(list);
            yield return CheckResult.EqualSequence($"{name}.{key}", item.GetProperty(key).Ints(), list);
        }
    }

    private static CheckResult Values(string name, JsonElement item)
    {
        // The first number is a generator's own; the others come from another of the same seed.
        var random = Seeded(item);
        double[] expected = [.. item.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
        return CheckResult.EqualSequence(name, expected, [Seeded(item).NextDouble(), .. expected.Skip(1).Select(_ => random.NextDouble())]);
    }

    private static PythonRandom Seeded(JsonElement item) => new(item.GetProperty("seed").GetInt64());
}
