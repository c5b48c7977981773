using System.CommandLine;
using Dllm.Cli.Chat;
using Dllm.Cli.Help;
using Dllm.Cli.LineEditing;
using Dllm.Cli.Options;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm chat</c>: a conversation in the terminal.</summary>
internal sealed class ChatCommand : Verb
{
    private readonly Option<string?> _system = CliOption.Text("--system", "A system message in front of the conversation", "TEXT");

    private readonly Option<int> _hold = CliOption.Integer(
        "--hold", "Milliseconds that each step stays on the screen at least: small models are faster than the eye", 30, most: 10_000);

    private readonly Option<bool> _visualize = CliOption.Switch("--visualize", "Write a line a step where the output is no terminal");
    private readonly Option<bool> _noHistory = CliOption.Switch(
        "--no-history", "Keep what you type for this session only, not in the history of later ones");

    private readonly ExportOptions _export = new();
    private readonly ModelOptions _model = new();
    private readonly SamplerOptionGroup _sampler = new();

    /// <summary>Makes the verb.</summary>
    public ChatCommand()
        : base(
            "chat",
            "Talks with a model, turn by turn; on a terminal the denoising is shown live. /help in the chat lists its commands. "
            + "In a pipe each line is a message and each answer a line.",
            "chat",
            "chat --model runs/chat --steps 16 --max-new-tokens 32",
            "chat --temperature 0.7 --seed 1 --hold 100",
            "chat < questions.txt > answers.txt")
    {
        AddRecipe();
        Add(_model, HelpGroup.Model);
        Add(_system);
        Add([_hold, _visualize], HelpGroup.Output);
        Add([_noHistory], HelpGroup.Output);
        Add(_export, HelpGroup.Output);
        Add(_sampler, HelpGroup.Sampler);
    }

    /// <inheritdoc/>
    public override SamplerOptionGroup? Sampler => _sampler;

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        _sampler.Check(parsed, parsed.GetValue(Common.Seed)); // mistakes show before anything loads
        var recording = _export.Begin(parsed);
        using var model = _model.Open(parsed, Common, terminal, interruption.Token);
        recording?.Observe(model.Model.Denoiser);
        var settings = new ChatSettings(parsed, model, parsed.GetValue(_visualize));
        var session = new ChatSession(model) { Sampler = settings.Read(), System = parsed.GetValue(_system) };
        SamplerOptionGroup.Warn(session.Sampler, terminal);
        if (terminal.OutputIsInteractive) terminal.Output.WriteLine($"{model.Model.Config.ModelType} from {Terminal.OneLine(model.Directory)}");
        if (model.TemplateWarning is { } warned) terminal.Warn(warned);
        var text = model.CanvasText;
        var loop = new ChatLoop(session, settings, text, terminal, interruption)
        {
            Recording = recording,
            Hold = TimeSpan.FromMilliseconds(parsed.GetValue(_hold)),
            History = new LineHistory(terminal.Keys is null || parsed.GetValue(_noHistory) ? null : LineHistory.PathOf("chat-history.jsonl")),
        };
        loop.Run();
        _export.Save(parsed, terminal, recording, model);
        return 0;
    }
}
