using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Diffusion;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>
/// Cases of kind <c>schedulers</c>: alpha and kappa schedules, their derivatives and weights over a table of times, and the look-up by
/// name.
/// </summary>
internal sealed class ScheduleVerifier : ICaseVerifier
{
    // Sines and cosines differ in the last bit between builds of the tensor library.
    private const double Tolerance = 2e-6;

    // A last bit of alpha or kappa near 1, which is what a weight divides by, shows in the weight's square: weights reach a million.
    private const double LastBit = 1.2e-7;

    public IReadOnlyList<string> Kinds => ["schedulers"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        var checks = new List<CheckResult>();
        foreach (var key in file.Tensors.Keys.Where(key => key.EndsWith(".alpha", StringComparison.Ordinal)))
        {
            var name = key[..^".alpha".Length];
            checks.AddRange(CompareAlpha(file, name, $"{name}.reverse_s", $"{name}.reverse_t"));
        }

        foreach (var kappa in c.Json.GetProperty("kappa").EnumerateArray())
            checks.AddRange(CompareKappa(file, kappa.GetProperty("prefix").GetString()!, Kappa(kappa, "name")));
        foreach (var entry in c.Json.GetProperty("lookup").EnumerateObject())
            checks.Add(CheckResult.Equal($"look-up of {entry.Name}", entry.Value.GetString()!.Split(':')[0], LookUp(entry.Name)));
        return checks;
    }

    /// <summary>Compares the tensors <c>NAME.alpha</c>, <c>.alpha_derivative</c>, <c>.weight</c> and <c>.reverse_mask_prob</c>.</summary>
    internal static IEnumerable<CheckResult> CompareAlpha(SafetensorsFile file, string name, string earlierTimes, string laterTimes)
    {
        var noise = NoiseSchedule.ByName(name);
        var t = file.Read("t");
        yield return Compare($"{name}.alpha", file.Read($"{name}.alpha"), noise.Alpha(t));
        yield return Compare($"{name}.alpha_derivative", file.Read($"{name}.alpha_derivative"), noise.AlphaDerivative(t));
        yield return Compare($"{name}.weight", file.Read($"{name}.weight"), noise.Weight(t));
        var stay = noise.ReverseMaskProbabilities(Doubles(file.Read(earlierTimes)), Doubles(file.Read(laterTimes)));
        yield return Compare($"{name}.reverse_mask_prob", file.Read($"{name}.reverse_mask_prob"), tensor(stay, float32));
    }

    /// <summary>Compares the tensors <c>PREFIX.kappa</c>, <c>.kappa_derivative</c> and <c>.weight</c>.</summary>
    internal static IEnumerable<CheckResult> CompareKappa(SafetensorsFile file, string prefix, KappaSchedule kappa)
    {
        var t = file.Read("t");
        yield return Compare($"{prefix}.kappa", file.Read($"{prefix}.kappa"), kappa.Kappa(t));
        yield return Compare($"{prefix}.kappa_derivative", file.Read($"{prefix}.kappa_derivative"), kappa.KappaDerivative(t));
        yield return Compare($"{prefix}.weight", file.Read($"{prefix}.weight"), kappa.Weight(t));
    }

    /// <summary>The kappa schedule that an entry names, with its arguments.</summary>
    internal static KappaSchedule Kappa(JsonElement entry, string nameKey)
    {
        var name = entry.GetProperty(nameKey).GetString()!;
        var arguments = entry.GetProperty("args");
        return name == KappaSchedule.Cubic().Name && arguments.TryGetProperty("a", out var a) && arguments.TryGetProperty("b", out var b)
            ? KappaSchedule.Cubic(a.GetDouble(), b.GetDouble())
            : KappaSchedule.ByName(name);
    }

    /// <summary>Compares one value, relatively where it is above 1.</summary>
    internal static CheckResult CompareValue(string name, double expected, double actual) =>
        CheckResult.Close(name, expected, actual, Tolerance * Math.Max(1, Math.Abs(expected)) + LastBit * LargeSquare(expected));

    private static CheckResult Compare(string name, Tensor expected, Tensor actual)
    {
        if (!expected.shape.SequenceEqual(actual.shape)) return CheckResult.Exact(name, false, "shapes differ");
        var checks = Doubles(expected).Zip(Doubles(actual), (e, a) => CompareValue(name, e, a)).ToList();
        return checks.Find(check => !check.Passed) ?? checks.MaxBy(check => check.Difference / check.Tolerance)!;
    }

    private static double LargeSquare(double value) => Math.Abs(value) <= 1 ? 0 : value * value;

    private static double[] Doubles(Tensor values) => values.to(float64).data<double>().ToArray();

    private static string LookUp(string name)
    {
        try
        {
            return NoiseSchedule.ByName(name).Name;
        }
        catch (DllmException)
        {
            return "ValueError";
        }
    }
}
