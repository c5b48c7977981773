using Dllm.Evaluation.Execution;
using Dllm.Verification;

namespace Dllm.Tests.Evaluation.Tasks;

public sealed class TaskGoldenTests
{
    private const string Goldens = "../shared/golden/training/eval";

    [Fact]
    public void Prompts_and_draws_equal_the_references()
    {
        var root = Find();
        Assert.SkipWhen(root is null, $"{Goldens} is not here");
        var ran = 0;
        foreach (var c in VerificationCase.Find(root!).Select(folder => VerificationCase.Read(root!, folder)))
        {
            if (c.Kind is not ("eval_task" or "python_random")) continue;
            try
            {
                Assert.All(Verifiers.For(c.Kind)!.Verify(c), check => Assert.True(check.Passed, $"{c.Path}: {check}"));
                ran++;
            }
            catch (CaseSkippedException)
            {
                // A task that the library does not have.
            }
        }

        Assert.True(ran > 0);
    }

    [Fact]
    public void Programs_score_as_recorded()
    {
        var root = Find();
        Assert.SkipWhen(root is null, $"{Goldens} is not here");
        var verifier = new EvalTaskVerifier([], Python());
        var checks = VerificationCase.Find(root!).Select(folder => VerificationCase.Read(root!, folder))
            .Where(c => c.Kind == "eval_task" && (c.Path.Contains("humaneval") || c.Path.Contains("mbpp")))
            .SelectMany(verifier.Verify).Where(check => check.Name.Contains("pass")).ToArray();
        Assert.NotEmpty(checks);
        Assert.All(checks, check => Assert.True(check.Passed, check.ToString()));
        Assert.DoesNotContain(checks, check => check.IsMissing && !check.Detail!.Contains("KeyError")); // an error was recorded there
    }

    private static SandboxedPython? Python()
    {
        try
        {
            return new SandboxedPython();
        }
        catch (DllmException e)
        {
            Assert.Skip(e.Message);
            return null;
        }
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, Goldens))) return Path.GetFullPath(Path.Combine(folder.FullName, Goldens));
        }

        return null;
    }
}
