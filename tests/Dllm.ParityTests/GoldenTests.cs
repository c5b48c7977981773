using Dllm.Verification;

namespace Dllm.ParityTests;

/// <summary>Every reference vector at hand, by the code that <c>dllm verify</c> runs.</summary>
public class GoldenTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        from root in GoldenFolders.Roots
        from directory in VerificationCase.Find(root)
        select new TheoryDataRow<string, string>(root, Path.GetRelativePath(root, directory));

    [Theory]
    [MemberData(nameof(Cases))]
    public void AgreesWithTheReference(string root, string path)
    {
        var outcome = VerificationRun.RunOne(root, Path.GetFullPath(Path.Combine(root, path)));
        Assert.SkipWhen(outcome.Status == CaseStatus.Skipped, outcome.Reason ?? "");
        Assert.True(outcome.Status == CaseStatus.Passed, outcome.ToString());
    }
}
