using Dllm.Cli;

namespace Dllm.Tests.Cli;

/// <summary>A command line run inside the test's process, with what it wrote.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    private const char Escape = '\u001b';

    /// <summary>Runs <c>dllm</c> with streams that are no terminal.</summary>
    public static CliRun Of(params string[] args) => WithInput("", args);

    /// <summary>Runs <c>dllm</c> with a text piped in.</summary>
    public static CliRun WithInput(string input, params string[] args)
    {
        using var interruption = new Interruption();
        return With(interruption, input, new StringWriter(), args);
    }

    /// <summary>Runs <c>dllm</c> under an interruption that the test controls.</summary>
    public static CliRun With(Interruption interruption, string input, StringWriter output, params string[] args)
    {
        var error = new StringWriter();
        int code = DllmCommandLine.Run(args, new Terminal(new StringReader(input), output, error), interruption);
        var run = new CliRun(code, output.ToString(), error.ToString());
        Assert.DoesNotContain(Escape, run.Output); // never in a pipe
        Assert.DoesNotContain(Escape, run.Error);
        return run;
    }

    // What a command says while it works, such as "opening the model …".
    private static bool IsProgress(string line) =>
        line.TrimEnd().EndsWith(" …", StringComparison.Ordinal) && !line.StartsWith("error: ", StringComparison.Ordinal);

    /// <summary>Checks that it ended as a user's mistake does: exit code 2 and one line, which holds each of the words.</summary>
    public void ShouldBeMistake(params string[] words)
    {
        string line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), text => !text.StartsWith("warning:", StringComparison.Ordinal) && !IsProgress(text));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.All(words, word => Assert.Contains(word, line, StringComparison.Ordinal));
        Assert.Equal(2, ExitCode);
    }
}
