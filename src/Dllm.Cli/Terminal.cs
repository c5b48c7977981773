using Spectre.Console;

namespace Dllm.Cli;

/// <summary>
/// Where a command reads and writes. Everything else asks this class, never the console: so that the same command runs in a test, in a
/// pipe (plain lines, no escape codes) and on a terminal.
/// </summary>
internal sealed class Terminal
{
    private IAnsiConsole? _console;

    /// <summary>Joins three streams.</summary>
    public Terminal(TextReader input, TextWriter output, TextWriter error)
    {
        (Input, Output, Error) = (input, output, error);
    }

    /// <summary>What the user types or pipes in.</summary>
    public TextReader Input { get; }

    /// <summary>Results.</summary>
    public TextWriter Output { get; }

    /// <summary>Errors, warnings, and progress of commands whose output is data.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether a person types the input.</summary>
    public bool InputIsInteractive { get; init; }

    /// <summary>Whether the output is a screen that understands escape codes.</summary>
    public bool OutputIsInteractive { get; init; }

    /// <summary>Whether the error stream is such a screen.</summary>
    public bool ErrorIsInteractive { get; init; }

    /// <summary>Whether colours are welcome: a screen, and no <c>NO_COLOR</c>.</summary>
    public bool UsesColour { get; init; }

    /// <summary>Columns of the screen, or 100 where there is none.</summary>
    public int Width { get; init; } = 100;

    /// <summary>The screen for things that move or have colours: plain text where it is none.</summary>
    public IAnsiConsole Console => _console ??= CreateConsole();

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess()
    {
        bool understands = Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "") || OperatingSystem.IsWindows();
        bool output = !System.Console.IsOutputRedirected && understands;
        return new Terminal(System.Console.In, System.Console.Out, System.Console.Error)
        {
            InputIsInteractive = !System.Console.IsInputRedirected,
            OutputIsInteractive = output,
            ErrorIsInteractive = !System.Console.IsErrorRedirected && understands,
            UsesColour = output && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Width = output && System.Console.WindowWidth is > 20 and var width ? width : 100,
        };
    }

    /// <summary>A line of the error stream that begins with "warning".</summary>
    public void Warn(string what) => Error.WriteLine($"warning: {OneLine(what)}");

    /// <summary>A message that may quote what users or files say, without line breaks and without anything that a terminal would obey.</summary>
    public static string OneLine(string text) =>
        string.Concat(text.ReplaceLineEndings(" ").Trim().Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));

    private IAnsiConsole CreateConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = OutputIsInteractive ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = UsesColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = OutputIsInteractive ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(Output),
        });
        console.Profile.Width = Width;
        return console;
    }
}
