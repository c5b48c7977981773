using TorchSharp;

namespace Dllm.Verification;

/// <summary>Runs the reference vectors below a folder, as <c>dllm verify</c> and the parity tests do.</summary>
public static class VerificationRun
{
    /// <summary>Runs the cases one by one, lazily.</summary>
    /// <param name="root">A folder; every folder below it with a <c>case.json</c> is a case.</param>
    /// <param name="kinds">Run only these kinds; null or empty for all.</param>
    /// <param name="filter">Run only cases whose relative path contains this text; null for all.</param>
    /// <param name="cancellation">Stops between two cases.</param>
    /// <exception cref="DllmException">The folder does not exist, or holds no case.</exception>
    public static IEnumerable<CaseOutcome> Run(
        string root, IReadOnlyCollection<string>? kinds = null, string? filter = null, CancellationToken cancellation = default)
    {
        var directories = VerificationCase.Find(root);
        if (directories.Count == 0)
        {
            throw new DllmException($"{root} holds no case.json", "name a folder with reference vectors");
        }

        return RunAll(root, directories, kinds, filter, cancellation);
    }

    private static IEnumerable<CaseOutcome> RunAll(
        string root, IReadOnlyList<string> directories, IReadOnlyCollection<string>? kinds, string? filter, CancellationToken cancellation)
    {
        foreach (string directory in directories)
        {
            cancellation.ThrowIfCancellationRequested();
            string path = Path.GetRelativePath(root, directory).Replace('\\', '/');
            if (filter is not null && !path.Contains(filter, StringComparison.Ordinal))
            {
                continue;
            }

            if (RunOne(root, directory, path, kinds) is { } outcome)
            {
                yield return outcome;
            }
        }
    }

    /// <summary>Runs the case in one folder.</summary>
    public static CaseOutcome RunOne(string root, string directory) =>
        RunOne(root, directory, Path.GetRelativePath(root, directory).Replace('\\', '/'), null)!;

    private static CaseOutcome? RunOne(string root, string directory, string path, IReadOnlyCollection<string>? kinds)
    {
        VerificationCase c;
        try
        {
            c = VerificationCase.Read(root, directory);
        }
        catch (DllmException e)
        {
            return new CaseOutcome(path, "?", CaseStatus.Failed, [], e.Message);
        }

        if (kinds is { Count: > 0 } && !kinds.Contains(c.Kind))
        {
            return null;
        }

        if (Verifiers.For(c.Kind) is not { } verifier)
        {
            return new CaseOutcome(path, c.Kind, CaseStatus.Skipped, [], $"kind {c.Kind} is not supported yet");
        }

        return RunOne(verifier, c);
    }

    private static CaseOutcome RunOne(ICaseVerifier verifier, VerificationCase c)
    {
        var checks = new List<CheckResult>();
        try
        {
            using var scope = torch.NewDisposeScope();
            checks.AddRange(verifier.Verify(c));
        }
        catch (CaseSkippedException e)
        {
            return new CaseOutcome(c.Path, c.Kind, CaseStatus.Skipped, checks, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The edge of the program under test: whatever a case provokes is that case's failure, and the others still run.
            return new CaseOutcome(c.Path, c.Kind, CaseStatus.Failed, checks, $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
        }

        bool passed = checks.Exists(check => !check.IsMissing) && checks.TrueForAll(check => check.Passed);
        return new CaseOutcome(c.Path, c.Kind, passed ? CaseStatus.Passed : CaseStatus.Failed, checks);
    }
}
