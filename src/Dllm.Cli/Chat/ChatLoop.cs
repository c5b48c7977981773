using Dllm.Cli.Display;
using Dllm.Cli.Display.Export;
using Dllm.Cli.LineEditing;
using Dllm.Sampling;
using Spectre.Console;
using Canvas = Dllm.Sampling.Canvas;

namespace Dllm.Cli.Chat;

/// <summary>Reads what the user types, turn by turn: messages, and commands that begin with a slash.</summary>
/// <param name="session">The conversation.</param>
/// <param name="settings">What <c>/set</c> changes.</param>
/// <param name="text">How tokens become text.</param>
/// <param name="terminal">Where to read and write.</param>
/// <param name="interruption">Ends the loop.</param>
internal sealed class ChatLoop(ChatSession session, ChatSettings settings, CanvasText text, Terminal terminal, Interruption interruption)
{
    private const string PromptText = "you> ";
    private readonly StepLog _steps = new(text);

    /// <summary>Keeps how answers came to be; null keeps nothing.</summary>
    public DenoisingRecording? Recording { get; init; }

    /// <summary>Shows each step for at least so long.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>What was typed in this conversation and in earlier ones.</summary>
    public LineHistory History { get; init; } = new();

    /// <summary>What was asked last, whether it was answered or not; null where nothing was.</summary>
    public string? LastQuestion { get; private set; }

    /// <summary>The steps of the last answer, a line each.</summary>
    public IReadOnlyList<string> LastSteps => _steps.Lines;

    /// <summary>Talks until the user ends it.</summary>
    public void Run()
    {
        bool prompts = terminal.InputIsInteractive && terminal.OutputIsInteractive;
        if (prompts) terminal.Output.WriteLine("Type a message, or /help for commands.");
        var commands = new ChatCommands(session, settings, this, terminal);
        var read = prompts ? Prompting() : () => interruption.ReadLine(terminal.Input);
        while (read()?.Trim() is { } line && line is not ("/quit" or "/exit"))
        {
            if (line.Length > 0) Turn(line, commands, prompts);
        }
    }

    /// <summary>Answers a message, and shows how.</summary>
    /// <exception cref="DllmException">The conversation does not fit the model, or the template refuses it.</exception>
    public void Answer(string question)
    {
        LastQuestion = question;
        SamplingPace? pace = null;
        string answer = session.Answer(question, (sampler, canvas, start) =>
            pace = Show(_steps.Watch(Recording?.Watch(sampler, [start], [question]) ?? sampler, start), canvas, start));
        terminal.WriteAnswer(answer.Length > 0 ? answer : "(no answer)");
        if (!terminal.OutputIsInteractive || pace is null) return;
        string line = FormattableString.Invariant($"{pace.Steps} steps · {pace.Tokens} tokens · {pace.TokensPerSecond:N0} tokens/s");
        terminal.Console.Write(new Text(line + "\n", new Style(foreground: Color.Grey)));
    }

    // Lines that can be edited where there is a keyboard.
    private Func<string?> Prompting()
    {
        if (terminal.Keys is not { } keys)
        {
            return () =>
            {
                terminal.Console.Write(new Text(PromptText, new Style(foreground: Color.Aqua)));
                terminal.Output.Flush();
                return interruption.ReadLine(terminal.Input);
            };
        }

        var screen = new LineScreen(VisibleWriter.Codes(terminal.Output), terminal.Size, terminal.UsesColour);
        var editor = new LineEditor(keys, screen, History) { LeavingHint = "Ctrl-C again, or Ctrl-D, ends the chat" };
        terminal.Resized += editor.Resized;
        return () => interruption.Await(() => editor.Read(PromptText));
    }

    private void Turn(string line, ChatCommands commands, bool prompts)
    {
        try
        {
            if (line[0] == '/') commands.Run(line);
            else Answer(line);
        }
        catch (OperationCanceledException) when (prompts)
        {
            interruption.Renew();
            terminal.Output.WriteLine("(interrupted; /retry asks again)");
        }
        catch (DllmException e) when (prompts)
        {
            // A person reads the message and tries again; a script gets the exit code.
            terminal.Fail(e.Message);
        }
    }

    private SamplingPace Show(ISampler sampler, Canvas canvas, int start)
    {
        var display = new DenoisingDisplay(terminal, text) { From = [start], Hold = Hold };
        // Ctrl-C ends a slow answer, not the chat.
        return interruption.Unhurried(cancellation => terminal.OutputIsInteractive ? display.RunLive(sampler, canvas, cancellation)
            : settings.ShowsSteps ? display.RunInLines(sampler, canvas, terminal.Output, cancellation)
            : DenoisingDisplay.RunSilently(sampler, canvas, cancellation), whenKilledToo: false);
    }
}
