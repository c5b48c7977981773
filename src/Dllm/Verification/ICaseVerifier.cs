namespace Dllm.Verification;

/// <summary>Runs the reference vectors of some kinds and compares.</summary>
public interface ICaseVerifier
{
    /// <summary>The values of <c>kind</c> in <c>case.json</c> that this verifier runs.</summary>
    IReadOnlyList<string> Kinds { get; }

    /// <summary>
    /// Runs one case. Each check is one comparison; the case passes when every check does and there is at least one.
    /// Throw <see cref="CaseSkippedException"/> when the case needs something that is not supported (a model family, a sampler).
    /// </summary>
    IEnumerable<CheckResult> Verify(VerificationCase c);
}

/// <summary>One comparison within a case.</summary>
/// <param name="Name">What was compared, such as <c>logits</c> or <c>v07.loss</c>.</param>
/// <param name="Difference">Largest absolute difference (0 for an exact match, infinity for a wrong text or shape).</param>
/// <param name="Tolerance">Largest difference that passes; 0 where the values must be equal.</param>
/// <param name="Detail">What differed, for a reader; null when it passed.</param>
public sealed record CheckResult(string Name, double Difference, double Tolerance, string? Detail = null)
{
    /// <summary>Whether the comparison could not be made; <see cref="Detail"/> says why. The outcome tells of it.</summary>
    public bool IsMissing { get; private init; }

    /// <summary>A comparison that could not be made.</summary>
    public static CheckResult Missing(string name, string reason) => new(name, 0, 0, reason) { IsMissing = true };

    /// <summary>True if the difference is within the tolerance. NaN never passes.</summary>
    public bool Passed => Difference <= Tolerance;

    /// <summary>An exact comparison: difference 0 or infinity.</summary>
    public static CheckResult Exact(string name, bool equal, string? detail = null) =>
        new(name, equal ? 0 : double.PositiveInfinity, 0, equal ? null : detail);

    /// <summary>An exact comparison of two values by their printed form, which becomes the detail when they differ.</summary>
    public static CheckResult Equal<T>(string name, T expected, T actual) =>
        Exact(name, EqualityComparer<T>.Default.Equals(expected, actual), $"expected {expected}, got {actual}");

    /// <summary>An exact comparison of two sequences; the detail names the first place where they differ.</summary>
    public static CheckResult EqualSequence<T>(string name, IReadOnlyList<T> expected, IReadOnlyList<T> actual)
    {
        for (int i = 0; i < Math.Min(expected.Count, actual.Count); i++)
        {
            if (!EqualityComparer<T>.Default.Equals(expected[i], actual[i]))
            {
                return Exact(name, false, $"at {i}: expected {expected[i]}, got {actual[i]}");
            }
        }

        return Exact(name, expected.Count == actual.Count, $"expected {expected.Count} items, got {actual.Count}");
    }

    /// <summary>A numeric comparison.</summary>
    public static CheckResult Close(string name, double expected, double actual, double tolerance)
    {
        double difference = expected.Equals(actual) ? 0 : Math.Abs(expected - actual);
        return new(name, difference, tolerance, difference <= tolerance ? null : $"expected {expected:R}, got {actual:R}");
    }
}

/// <summary>The case needs something that is not supported; the message names it.</summary>
public sealed class CaseSkippedException(string reason) : Exception(reason);
