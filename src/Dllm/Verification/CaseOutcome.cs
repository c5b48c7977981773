using System.Globalization;

namespace Dllm.Verification;

/// <summary>How a case ended.</summary>
public enum CaseStatus
{
    /// <summary>Every check passed.</summary>
    Passed,

    /// <summary>A check failed, or the case could not be run.</summary>
    Failed,

    /// <summary>The case needs something that is not supported yet.</summary>
    Skipped,
}

/// <summary>The result of one case.</summary>
/// <param name="Path">The case's folder relative to the root.</param>
/// <param name="Kind">Its kind; "?" if <c>case.json</c> could not be read.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Checks">Every comparison made.</param>
/// <param name="Reason">Why it was skipped or could not be run; else null.</param>
public sealed record CaseOutcome(string Path, string Kind, CaseStatus Status, IReadOnlyList<CheckResult> Checks, string? Reason = null)
{
    /// <summary>The comparison that came closest to its tolerance, or went farthest beyond; null if there is none.</summary>
    public CheckResult? Worst => Checks.Count == 0 ? null : Checks.MaxBy(Severity);

    /// <summary>One line: status, path, kind, largest difference against its tolerance or the reason.</summary>
    public override string ToString()
    {
        string head = $"{Status.ToString().ToLowerInvariant(),-7} {Path} [{Kind}]";
        if (Reason is not null)
        {
            return $"{head}: {Reason}";
        }

        var failed = Checks.Where(check => !check.Passed).ToList();
        string difference = Worst is { } worst
            ? string.Create(CultureInfo.InvariantCulture, $"largest difference {worst.Difference:0.##e+00} of {worst.Tolerance:0.##e+00} ({worst.Name})")
            : "nothing compared";
        string tail = failed.Count == 0 ? "" : $"; {failed.Count} of {Checks.Count} checks failed, first {failed[0].Name}: {failed[0].Detail}";
        int missing = Checks.Count(check => check.IsMissing);
        string without = missing == 0 ? "" : $"; not compared: {missing}, first {Checks.First(check => check.IsMissing).Name}, {Checks.First(check => check.IsMissing).Detail}";
        return $"{head}: {Checks.Count - missing} checks, {difference}{tail}{without}";
    }

    private static double Severity(CheckResult check) =>
        double.IsNaN(check.Difference) ? double.PositiveInfinity
        : check.Tolerance > 0 ? check.Difference / check.Tolerance
        : check.Difference > 0 ? double.PositiveInfinity : 0;
}
