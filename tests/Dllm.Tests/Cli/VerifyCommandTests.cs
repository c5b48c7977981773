namespace Dllm.Tests.Cli;

public sealed class VerifyCommandTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dllm-verify-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_kind_that_is_not_supported_is_skipped_and_named()
    {
        Case("a/one", """{"kind": "time_travel"}""");
        var run = CliRun.Of("verify", _root);
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("skipped a/one [time_travel]", lines[0], StringComparison.Ordinal);
        Assert.Equal("0 passed, 0 failed, 1 skipped", lines[^1]);
    }

    [Fact]
    public void A_case_that_cannot_be_read_fails_and_the_others_still_run()
    {
        Case("a", "{ not json");
        Case("b", """{"kind": "time_travel"}""");
        var run = CliRun.Of("verify", _root);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("0 passed, 1 failed, 1 skipped", run.Output.TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public void Kind_and_filter_choose()
    {
        Case("x/a", """{"kind": "time_travel"}""");
        Case("x/b", """{"kind": "telepathy"}""");
        Case("y/c", """{"kind": "telepathy"}""");
        Assert.Contains("1 skipped", CliRun.Of("verify", _root, "--kind", "time_travel").Output, StringComparison.Ordinal);
        Assert.Contains("3 skipped", CliRun.Of("verify", _root, "--kind", "time_travel,telepathy").Output, StringComparison.Ordinal);
        Assert.Contains("1 skipped", CliRun.Of("verify", _root, "--kind", "telepathy", "--filter", "y/").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_chosen_is_a_mistake_not_a_success()
    {
        Case("a", """{"kind": "time_travel"}""");
        CliRun.Of("verify", _root, "--filter", "nothing like it").ShouldBeMistake("no case matches");
    }

    [Fact]
    public void A_folder_without_cases_is_a_mistake() => CliRun.Of("verify", _root).ShouldBeMistake("holds no case.json");

    private void Case(string path, string json)
    {
        string folder = Path.Combine(_root, path);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "case.json"), json);
    }
}
