using Dllm.Cli.Display;
using Dllm.Cli.Display.Export;
using Dllm.Cli.Options;
using Dllm.Sampling;
using Spectre.Console;
using Canvas = Dllm.Sampling.Canvas;

namespace Dllm.Cli.Chat;

/// <summary>Reads what the user types, turn by turn: messages, and commands that begin with a slash.</summary>
/// <param name="session">The conversation.</param>
/// <param name="settings">What <c>/set</c> changes.</param>
/// <param name="display">Shows the denoising.</param>
/// <param name="terminal">Where to read and write.</param>
/// <param name="interruption">Ends the loop.</param>
internal sealed class ChatLoop(
    ChatSession session, ChatSettings settings, Func<int, DenoisingDisplay> display, Terminal terminal, Interruption interruption)
{
    private const string Help =
        """
        /reset            begin a new conversation
        /undo             take the last question and answer back
        /set NAME VALUE   change a setting, such as /set steps 16; /set steps default
        /settings         show all settings
        /help             show this
        /quit             end (so does the end of the input)
        Ctrl-C            stop an answer; while you are asked, end
        """;

    /// <summary>Keeps how answers came to be; null keeps nothing.</summary>
    public DenoisingRecording? Recording { get; init; }

    /// <summary>Talks until the user ends it.</summary>
    public void Run()
    {
        bool prompts = terminal.InputIsInteractive && terminal.OutputIsInteractive;
        if (prompts) terminal.Output.WriteLine("Type a message, or /help for commands.");
        while (true)
        {
            if (prompts) Prompt();
            if (interruption.ReadLine(terminal.Input) is not { } line) break;
            line = line.Trim();
            if (line is "/quit" or "/exit") break;
            if (line.Length > 0) Turn(line, prompts);
        }
    }

    private void Turn(string line, bool prompts)
    {
        try
        {
            if (line[0] == '/') Command(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            else Answer(line);
        }
        catch (OperationCanceledException) when (prompts)
        {
            interruption.Renew();
            terminal.Output.WriteLine("(interrupted; once more, or /quit, ends the chat)");
        }
        catch (DllmException e) when (prompts)
        {
            // A person reads the message and tries again; a script gets the exit code.
            terminal.Error.WriteLine($"error: {Terminal.OneLine(e.Message)}");
        }
    }

    private void Prompt()
    {
        terminal.Console.Write(new Text("you> ", new Style(foreground: Color.Aqua)));
        terminal.Output.Flush();
    }

    private void Answer(string text)
    {
        SamplingPace? pace = null;
        string answer = session.Answer(text, (sampler, canvas, start) => pace = Show(Recording?.Watch(sampler, [start]) ?? sampler, canvas, start));
        terminal.WriteAnswer(answer.Length > 0 ? answer : "(no answer)");
        if (!terminal.OutputIsInteractive || pace is null) return;
        string line = FormattableString.Invariant($"{pace.Steps} steps · {pace.Tokens} tokens · {pace.TokensPerSecond:N0} tokens/s");
        terminal.Console.Write(new Text(line + "\n", new Style(foreground: Color.Grey)));
    }

    private SamplingPace Show(ISampler sampler, Canvas canvas, int start) => terminal.OutputIsInteractive
        ? display(start).RunLive(sampler, canvas, interruption.Token)
        : settings.ShowsSteps
            ? display(start).RunInLines(sampler, canvas, terminal.Output, interruption.Token)
            : DenoisingDisplay.RunSilently(sampler, canvas, interruption.Token);

    // What was odd before was told before.
    private void Change(SamplerSettings sampler)
    {
        foreach (string warning in SamplerOptionGroup.Warnings(sampler).Except(SamplerOptionGroup.Warnings(session.Sampler))) terminal.Warn(warning);
        session.Sampler = sampler;
    }

    private void Command(string[] words)
    {
        switch (words[0])
        {
            case "/reset":
                session.Reset();
                terminal.Output.WriteLine("(a new conversation)");
                break;
            case "/undo":
                terminal.Output.WriteLine(session.Undo() ? "(the last turn is forgotten)" : "(there is nothing to take back)");
                break;
            case "/set":
                if (words.Length < 3) throw new DllmException("/set needs a name and a value", "write /set steps 16; /settings lists the names");
                Change(settings.Set(words[1], string.Join(' ', words[2..])));
                break;
            case "/settings":
                foreach (var (name, value) in settings.Describe()) terminal.Output.WriteLine($"{name,-22}{value}");
                break;
            case "/help":
                terminal.Output.WriteLine(Help);
                break;
            default:
                string remedy = NearestName.Of(words[0], ["/reset", "/undo", "/set", "/settings", "/help", "/quit"]) is { } near
                    ? $"did you mean {near}?" : "/help lists the commands";
                throw new DllmException($"there is no command {words[0]}", remedy);
        }
    }
}
