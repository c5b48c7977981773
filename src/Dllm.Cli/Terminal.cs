using System.Runtime.InteropServices;
using Dllm.Cli.Display;
using Dllm.Cli.LineEditing;
using Spectre.Console;

namespace Dllm.Cli;

/// <summary>
/// Where a command reads and writes. Everything else asks this class, never the console: so that the same command runs in a test, in a
/// pipe (plain lines, no escape codes) and on a terminal.
/// </summary>
internal sealed class Terminal
{
    private readonly TextWriter _letters; // the output without a filter
    private IAnsiConsole? _console;
    private PosixSignalRegistration? _resizing; // lives as long as the process

    /// <summary>Joins three streams.</summary>
    public Terminal(TextReader input, TextWriter output, TextWriter error)
    {
        (Input, Output, Error) = (input, new VisibleWriter(output), new VisibleWriter(error));
        _letters = output;
    }

    /// <summary>What the user types or pipes in.</summary>
    public TextReader Input { get; }

    /// <summary>Results and reports, without codes that a terminal would obey.</summary>
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

    /// <summary>Whether nobody reads the output any more.</summary>
    public Func<bool> OutputIsClosed { get; init; } = () => false;

    /// <summary>Columns and rows of the screen, now: its window may be resized at any time.</summary>
    public Func<(int Width, int Height)> Size { get; init; } = () => (100, 40);

    /// <summary>Columns of the screen, now; 100 where there is none.</summary>
    public int Width
    {
        get => Size().Width;
        init => Size = () => (value, 40);
    }

    /// <summary>The window has got another size; told on a thread of its own.</summary>
    public event Action? Resized;

    /// <summary>The keyboard, for lines that can be edited; null where lines come as they are.</summary>
    public IKeySource? Keys { get; init; }

    /// <summary>The screen for things that move or have colours: plain text where it is none.</summary>
    public IAnsiConsole Console
    {
        get
        {
            _console ??= CreateConsole();
            _console.Profile.Width = Width;
            return _console;
        }
    }

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess()
    {
        bool understands = Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "") || OperatingSystem.IsWindows();
        bool output = !System.Console.IsOutputRedirected && understands;
        var terminal = new Terminal(ProcessInput(), System.Console.Out, System.Console.Error)
        {
            OutputIsClosed = ClosedPipe.IsOutput,
            InputIsInteractive = !System.Console.IsInputRedirected,
            OutputIsInteractive = output,
            ErrorIsInteractive = !System.Console.IsErrorRedirected && understands,
            UsesColour = output && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Size = output ? WindowSize : () => (100, 40),
            Keys = output && !System.Console.IsInputRedirected ? new ConsoleKeySource(System.Console.Out) : null,
        };
        if (output && !OperatingSystem.IsWindows())
            terminal._resizing = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => terminal.Resized?.Invoke());
        return terminal;
    }

    /// <summary>Puts what the library says into the words of the command that runs.</summary>
    public Func<string, string> Wording { get; set; } = text => text;

    /// <summary>A line of the error stream that begins with "error": what the user can mend.</summary>
    public void Fail(string what) => Error.WriteLine($"error: {OneLine(Wording(what))}");

    /// <summary>A line of the error stream that begins with "note": what was decided for the user.</summary>
    public void Note(string what) => Error.WriteLine($"note: {OneLine(Wording(what))}");

    /// <summary>Tells, once for a data set, which of its columns mean nothing here.</summary>
    public void WarnOfUnusedColumns(IReadOnlyCollection<string> names) =>
        Warn($"{(names.Count == 1 ? "the column" : "the columns")} {string.Join(", ", names)} of the data {(names.Count == 1 ? "is" : "are")} not used");

    /// <summary>A line of the error stream that begins with "warning".</summary>
    public void Warn(string what) => Error.WriteLine($"warning: {OneLine(Wording(what))}");

    /// <summary>A message that may quote what users or files say, without line breaks and without anything that a terminal would obey.</summary>
    public static string OneLine(string text) =>
        string.Concat(text.ReplaceLineEndings(" ").Trim().Select(letter => VisibleText.IsCode(letter) ? '\uFFFD' : letter));

    /// <summary>Writes a line of what a model wrote: on a screen without codes that it would obey, in a pipe to the letter.</summary>
    /// <exception cref="OutputClosedException">Nobody reads it.</exception>
    public void WriteAnswer(string text)
    {
        (OutputIsInteractive ? Output : _letters).WriteLine(text);
        if (OutputIsClosed()) throw new OutputClosedException();
    }

    /// <summary>Writes JSON for programs: the same value, codes in it escaped as JSON does.</summary>
    /// <exception cref="OutputClosedException">Nobody reads it.</exception>
    public void WriteJson(string json)
    {
        _letters.WriteLine(VisibleText.Json(json));
        if (OutputIsClosed()) throw new OutputClosedException();
    }

    // The console's own reader takes the mark at the beginning of a file for a letter of the first prompt.
    private static TextReader ProcessInput() => System.Console.IsInputRedirected
        ? new StreamReader(System.Console.OpenStandardInput(), System.Console.InputEncoding, detectEncodingFromByteOrderMarks: true)
        : System.Console.In;

    private IAnsiConsole CreateConsole() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = OutputIsInteractive ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = UsesColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = OutputIsInteractive ? InteractionSupport.Yes : InteractionSupport.No,
        Out = new AnsiConsoleOutput(_letters),
    });

    // A terminal that does not tell its size has that of a card.
    private static (int Width, int Height) WindowSize() =>
        (System.Console.WindowWidth is > 0 and var width ? width : 80, System.Console.WindowHeight is > 0 and var height ? height : 24);
}
