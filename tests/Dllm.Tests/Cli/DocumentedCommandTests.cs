using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Dllm.Cli;

namespace Dllm.Tests.Cli;

/// <summary>What README, docs, recipes and --help tell users to type is understood, and what runs without data of their own is run.</summary>
public sealed partial class DocumentedCommandTests
{
    private static readonly string Root = FindRoot();

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_documented_command_is_understood(string place, string command)
    {
        using var interruption = new Interruption();
        var terminal = new Terminal(TextReader.Null, TextWriter.Null, TextWriter.Null);
        var error = Record.Exception(() => DllmCommandLine.Parse(Words(command), terminal, interruption));
        Assert.True(error is null, $"{place}: {error?.Message}");
    }

    [Theory]
    [InlineData("docs/sampling.md")]
    [InlineData("docs/verification.md")]
    public void What_needs_no_data_runs_as_written(string page)
    {
        string[] commands = [.. Commands().Select(row => row.Data).Where(data => data.Item1 == page && !data.Item2.StartsWith("chat")).Select(data => data.Item2)];
        Assert.NotEmpty(commands);
        foreach (string command in commands)
        {
            var run = CliRun.WithInput("who am i?\n", Words(command));
            Assert.True(run.ExitCode == 0, $"{command}: exit code {run.ExitCode}; {run.Error}");
            Assert.NotEqual("", run.Output.Trim());
        }
    }

    [Fact]
    public void Every_command_block_of_the_readme_is_run_before_a_change_lands()
    {
        string script = File.ReadAllText(Path.Combine(Root, ".ci", "run"));
        string[] lines = [.. ShellBlocks(File.ReadAllText(Path.Combine(Root, "README.md")))];
        Assert.Contains("./dllm quickstart", lines);
        Assert.Contains("dotnet test -c Release", lines);
        Assert.All(lines, line => Assert.Contains(line, script, StringComparison.Ordinal));
    }

    public static TheoryData<string, string> Commands()
    {
        var commands = new TheoryData<string, string>();
        foreach (string file in (string[])["README.md", .. Files("docs", "*.md")])
            foreach (string line in ShellBlocks(File.ReadAllText(Path.Combine(Root, file))))
                if (DllmCall().Match(line) is { Success: true } match) commands.Add(file, match.Groups["arguments"].Value.Trim());
        foreach (string file in Files("recipes", "*.yaml"))
            foreach (string line in File.ReadLines(Path.Combine(Root, file)))
                if (RecipeCall().Match(line) is { Success: true } match) commands.Add(file, match.Groups["arguments"].Value.Trim());
        foreach (var verb in DllmCommandLine.Verbs())
            foreach (string example in verb.Examples)
                commands.Add($"dllm {verb.Name} --help", DllmCall().Match($"dllm {example}").Groups["arguments"].Value.Trim());
        return commands;
    }

    private static IEnumerable<string> Files(string folder, string pattern) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Root, file)).Order();

    private static IEnumerable<string> ShellBlocks(string markdown) =>
        ShellBlock().Matches(markdown).SelectMany(block => block.Groups["body"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Words as a shell splits them; the project's own files by full path, because tests run elsewhere.</summary>
    private static string[] Words(string command) => [.. CommandLineParser.SplitCommandLine(command).Select(word =>
        word.StartsWith("recipes/") || word == "tests/golden" ? Path.Combine(Root, word) : word)];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Dllm.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex("^```sh\n(?<body>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"(^|\| )(\./)?dllm (?<arguments>[^#|<>]+)")]
    private static partial Regex DllmCall();

    [GeneratedRegex(@"^#\s+dllm (?<arguments>.+)$")]
    private static partial Regex RecipeCall();
}
