using System.Globalization;
using Dllm.Cli.Options;
using Dllm.Sampling;

namespace Dllm.Cli.Chat;

/// <summary>What the user can ask of a chat besides an answer: lines that begin with a slash.</summary>
internal sealed class ChatCommands
{
    private readonly ChatSession _session;
    private readonly ChatSettings _settings;
    private readonly ChatLoop _loop;
    private readonly Terminal _terminal;
    private readonly IReadOnlyList<ChatVerb> _all;

    /// <summary>Commands of a conversation.</summary>
    /// <param name="session">The conversation.</param>
    /// <param name="settings">How answers are written.</param>
    /// <param name="loop">What answers.</param>
    /// <param name="terminal">Where results are written.</param>
    public ChatCommands(ChatSession session, ChatSettings settings, ChatLoop loop, Terminal terminal)
    {
        (_session, _settings, _loop, _terminal) = (session, settings, loop, terminal);
        _all =
        [
            new("/set", "[NAME [VALUE]]", "show the settings, or change one: /set steps 16, /set steps default", Set),
            new("/steps", "[N]", "show how the last answer came to be, or set the number of steps", Steps),
            new("/retry", "", "answer the last question again, with another seed", _ => Retry()),
            new("/undo", "", "take the last question and its answer back", _ => Undo()),
            new("/reset", "", "begin a new conversation", _ => Reset()),
            new("/system", "[TEXT|none]", "show or set the system message", System),
            new("/save", "FILE.jsonl", "add the conversation to a file, for sft or sample --file", Save),
            new("/help", "", "show this", _ => Help()),
            new("/quit", "", "end (so does Ctrl-D)", _ => { }),
        ];
    }

    /// <summary>Does what a line asks for.</summary>
    /// <exception cref="DllmException">There is no such command, or it cannot be done.</exception>
    public void Run(string line)
    {
        string[] words = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        string name = words[0] == "/settings" ? "/set" : words[0];
        if (_all.FirstOrDefault(verb => verb.Name == name) is { } found)
        {
            found.Run(words.Length > 1 ? words[1].Trim() : "");
            return;
        }

        string remedy = NearestName.Of(name, _all.Select(verb => verb.Name)) is { } near ? $"did you mean {near}?" : "/help lists the commands";
        throw new DllmException($"there is no command {name}", remedy);
    }

    private void Tell(string what) => _terminal.Output.WriteLine($"({Terminal.OneLine(what)})");

    private void Set(string arguments)
    {
        string[] words = arguments.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 2) Change(words[0], words[1]);
        else if (words.Length == 1) Tell($"{_settings.NameOf(words[0])} is {Value(_settings.NameOf(words[0])) ?? "of no use to this sampler"}");
        else foreach (var (name, value) in _settings.Describe()) _terminal.Output.WriteLine($"{name,-22}{value}");
    }

    private string? Value(string name) => _settings.Describe().FirstOrDefault(pair => pair.Name == name).Value;

    private void Change(string asked, string value)
    {
        string name = _settings.NameOf(asked);
        string? before = Value(name);
        Use(_settings.Set(name, value));
        string now = Value(name) ?? value;
        Tell(before is null || before == now ? $"{name} is {now}" : $"{name} is {now}; it was {before}");
    }

    // What was odd before was told before.
    private void Use(SamplerSettings sampler)
    {
        foreach (string warning in SamplerOptionGroup.Warnings(sampler).Except(SamplerOptionGroup.Warnings(_session.Sampler))) _terminal.Warn(warning);
        _session.Sampler = sampler;
    }

    private void Steps(string count)
    {
        if (count.Length > 0)
        {
            Change("steps", count);
            return;
        }

        Tell($"steps is {Value("steps") ?? "of no use to this sampler"}{(_loop.LastSteps.Count == 0 ? "; there is no answer yet" : "; the last answer:")}");
        foreach (string line in _loop.LastSteps) _terminal.WriteAnswer(line);
    }

    private void Retry()
    {
        if (_loop.LastQuestion is not { } question) throw new DllmException("there is no question to answer again", "type one");
        string? before = _session.LastQuestion == question ? _session.LastAnswer : null;
        long seed = long.Parse(Value("seed")!, CultureInfo.InvariantCulture);
        Change("seed", (seed + 1).ToString(CultureInfo.InvariantCulture));
        if (before is not null) _session.Undo();
        _loop.Answer(question);
        if (_session.LastAnswer == before) Tell("the same answer; seeds matter more at a higher temperature: /set temperature 0.7");
    }

    private void Undo() => Tell(_session.Undo() ? "the last question and its answer are forgotten" : "there is nothing to take back");

    private void Reset()
    {
        _session.Reset();
        Tell("a new conversation");
    }

    private void System(string text)
    {
        if (text.Length > 0) _session.System = text == "none" ? null : text;
        Tell(_session.System is null ? "there is no system message" : $"the system message is: {_session.System}");
    }

    private void Save(string file)
    {
        if (file.Length == 0) throw new DllmException("/save needs a file", "write /save talk.jsonl");
        if (!_session.HasTurns) throw new DllmException("there is no conversation to save", "ask something first");
        int line = ConversationFile.Append(file, _session.Messages);
        Tell($"{_session.Messages.Count} messages are line {line} of {file}");
    }

    private void Help()
    {
        foreach (var verb in _all) _terminal.Output.WriteLine($"{verb.Name + " " + verb.Arguments,-24}{verb.Description}");
        _terminal.Output.WriteLine(
            """

            Ctrl-C                  stop an answer; clear the line; twice, end
            Up, Down, Ctrl-R        what you typed before, a search in it
            Alt-Enter               a new line; text of several lines can be pasted
            """);
    }

    /// <summary>A command.</summary>
    private sealed record ChatVerb(string Name, string Arguments, string Description, Action<string> Run);
}
