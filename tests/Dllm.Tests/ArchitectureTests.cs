using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Dllm.Tests;

/// <summary>The direction of the arrows in docs/architecture.md, read off the sources.</summary>
public partial class ArchitectureTests
{
    // A folder may use those before it, never those after it.
    private static readonly string[] Order =
    [
        "Runtime", "Checkpoints", "Tokenization", "Layers", "Models", "Diffusion", "Sampling", "Data", "Training", "Evaluation", "Verification",
    ];

    private static string Library => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "src", "Dllm"));

    [Fact]
    public void EveryFolderHasItsPlaceInTheOrder()
    {
        var folders = Directory.GetDirectories(Library).Select(d => Path.GetFileName(d)!).Where(d => d is not ("bin" or "obj"));
        Assert.Empty(folders.Except(Order));
    }

    [Fact]
    public void NoFolderUsesOneThatComesAfterIt()
    {
        var wrong =
            from file in Sources(Library)
            let folder = Path.GetRelativePath(Library, file).Split(Path.DirectorySeparatorChar)[0]
            let place = Array.IndexOf(Order, folder)
            where place >= 0
            from Match match in Reference().Matches(File.ReadAllText(file))
            where Array.IndexOf(Order, match.Groups[1].Value) > place
            select $"{Path.GetRelativePath(Library, file)} uses {match.Groups[1].Value}";
        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void TheLibraryDoesNotWriteToTheConsole()
    {
        var wrong = Sources(Library).Where(file => ConsoleUse().IsMatch(File.ReadAllText(file))).Select(file => Path.GetRelativePath(Library, file));
        Assert.Empty(wrong);
    }

    [Fact]
    public void OnlyTheNativeRuntimeReadsEnvironmentVariables()
    {
        var readers = Sources(Library).Where(file => File.ReadAllText(file).Contains("Environment.GetEnvironmentVariable", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Library, file).Split(Path.DirectorySeparatorChar)[0]);
        Assert.Equal(["Runtime"], readers.Distinct());
    }

    [Fact]
    public void FilesAreReadByPlainFileOnly()
    {
        string[] ofTheSystem = ["AvailableMemory.cs", "EvalEnvironment.cs"]; // what Linux tells of itself
        var wrong =
            from root in new[] { Library, Path.Combine(Library, "..", "Dllm.Cli") }
            from file in Sources(root)
            where !Path.GetRelativePath(root, file).StartsWith("Runtime", StringComparison.Ordinal) && !ofTheSystem.Contains(Path.GetFileName(file))
            where Path.GetFileName(file) != "PlainFile.cs" && FileRead().IsMatch(File.ReadAllText(file))
            select Path.GetRelativePath(root, file);
        Assert.Empty(wrong);
    }

    private static IEnumerable<string> Sources(string root) =>
        Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    [GeneratedRegex(@"\bDllm\.([A-Z]\w+)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\bConsole\.(Write|Error|Out|Read)")]
    private static partial Regex ConsoleUse();

    [GeneratedRegex(@"\bFile\.(OpenRead|OpenText|ReadAll\w+|ReadLines\w*)\(|new StreamReader\(\w*[pP]ath|FileMode\.Open,")]
    private static partial Regex FileRead();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
