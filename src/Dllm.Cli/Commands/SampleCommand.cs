using System.CommandLine;
using Dllm.Cli.Display;
using Dllm.Cli.Help;
using Dllm.Cli.Options;
using Dllm.Data;
using Dllm.Sampling;
using Dllm.Tokenization;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm sample</c>: completes prompts, or answers them.</summary>
internal sealed class SampleCommand : Verb
{
    private readonly Argument<string[]> _prompts = new("PROMPT")
    {
        Description = "The prompts; without any, those of --file or a line each of the standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _file = CliOption.Text(
        "--file", "A file with a prompt a line; or rows (.jsonl, .json, .parquet, .csv) with 'prompt', 'messages' or another layout that sft reads", "FILE");

    private readonly Option<bool> _chat = CliOption.Switch(
        "--chat", "Put the prompt as a user's message into the chat template; the default where the model has one");

    private readonly Option<bool> _raw = CliOption.Switch("--raw", "Continue the prompt as it is");
    private readonly Option<string?> _system = CliOption.Text("--system", "A system message in front of each conversation", "TEXT");
    private readonly Option<int> _batchSize = CliOption.Integer("--batch-size", "Prompts that are sampled together", 8, least: 1);
    private readonly ModelOptions _model = new();
    private readonly SamplerOptionGroup _sampler = new();
    private readonly OutputOptions _output = new();

    /// <summary>Makes the verb.</summary>
    public SampleCommand()
        : base(
            "sample",
            "Continues or answers one or many prompts: answers with a chat template, continuations with --raw.",
            "sample \"what do i like?\"",
            "sample --model runs/chat --steps 16 --max-new-tokens 32 --visualize \"Who lives in Rome?\"",
            "sample --model runs/shakespeare --raw --temperature 0.7 --seed 1 \"ROMEO:\"",
            "sample --file prompts.jsonl --json > answers.jsonl")
    {
        Add(_prompts);
        AddRecipe();
        Add(_model, HelpGroup.Model);
        Add(_file);
        Add(_chat);
        Add(_raw);
        Add(_system);
        Add(_batchSize);
        Add(_sampler, HelpGroup.Sampler);
        Add(_output, HelpGroup.Output);
    }

    /// <inheritdoc/>
    public override SamplerOptionGroup? Sampler => _sampler;

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        if (parsed.GetValue(_chat) && parsed.GetValue(_raw)) throw new DllmException("--chat and --raw contradict each other", "leave one out");
        _sampler.Check(parsed, parsed.GetValue(Common.Seed)); // mistakes show before anything loads
        _output.Begin(parsed);
        var prompts = PromptSource.Read("prompt", parsed.GetValue(_prompts) ?? [], parsed.GetValue(_file), terminal, interruption);
        using var model = _model.Open(parsed, Common, terminal, interruption.Token);
        var settings = _sampler.Read(parsed, parsed.GetValue(Common.Seed), model);
        SamplerOptionGroup.Warn(settings, terminal);
        bool chat = parsed.GetValue(_chat) || (!parsed.GetValue(_raw) && model.HasChatTemplate);
        WarnOfUnused(parsed, terminal, prompts, model, chat || prompts.Any(prompt => prompt.Conversation is not null));
        if (chat && model.TemplateWarning is { } warned) terminal.Warn(warned);
        var rows = prompts.Select(prompt => Encode(prompt, model, chat, parsed.GetValue(_system))).ToList();
        if (settings.Sampler.StartsEmptyRows(settings.Options)) WarnOfStandIn(rows, model, terminal);
        NoteShortening(settings, rows, model, terminal);
        var response = model.Response;
        var batches = PreparedBatch.Of(
            "prompt",
            rows,
            parsed.GetValue(_batchSize),
            first => settings.ForPromptsFrom(first).Create(model.Model.Denoiser),
            part => settings.CompletionCanvas(part, model.CanvasTokens));
        SampleResult Result(PreparedBatch batch, int row, SamplingPace pace)
        {
            int[] written = batch.Canvas.Written(row);
            string reason = model.Ends.Find(written) is not null ? "stop" : "length";
            return new SampleResult(
                prompts[batch.First + row].Text, response.Completion(written, 0), written, pace.Steps, pace.TokensPerSecond, reason);
        }

        (string, int) Question(int number) => (prompts[number].Text, rows[number].Length);
        _output.Run(parsed, terminal, model, batches, Result, interruption.Token, chat ? Question : null);
        return 0;
    }

    private void WarnOfUnused(
        ParseResult parsed, Terminal terminal, IReadOnlyList<Prompt> prompts, OpenedModel model, bool rendersConversations)
    {
        if (rendersConversations)
        {
            if (parsed.IsGiven(_system) && prompts.Any(prompt => prompt.Conversation is { HasSystemMessage: true }))
                terminal.Warn("--system has no effect on prompts that have a system message of their own");
            string[] unread = [.. prompts.SelectMany(prompt => prompt.Conversation is { } talk ? model.Encoder.FindUnread(talk) : []).Distinct()];
            if (unread.Length > 0) terminal.Warn($"the chat template does not show {string.Join(", ", unread)}");
            return;
        }

        if (parsed.IsGiven(_system)) terminal.Warn("--system has no effect: the prompts are continued as they are");
        if (_model.NamesTemplate(parsed)) terminal.Warn("--chat-template has no effect: the prompts are continued as they are");
    }

    private static void NoteShortening(SamplerSettings settings, List<int[]> rows, OpenedModel model, Terminal terminal)
    {
        if (settings.LengthIsGiven) return;
        int[] longest = rows.MaxBy(row => row.Length)!;
        int Room(int[] row) => settings.CompletionCanvas([row], model.CanvasTokens).Written(0).Length;
        if (Room(longest) is var room && room < Room([longest[0]]))
            terminal.Note($"the model reads {settings.Context} tokens at a time: {room} are written after the longest prompt");
    }

    private static void WarnOfStandIn(List<int[]> rows, OpenedModel model, Terminal terminal)
    {
        if (model.Tokenizer.SpecialTokens is not { BosStandsIn: true } tokens || rows.TrueForAll(row => row.Length > 0)) return;
        terminal.Warn(
            $"a prompt is empty, and the tokenizer of {model.Directory} names no begin-of-sequence token: {tokens.Bos} stands in for it; "
            + "give a prompt, or name a bos_token in tokenizer_config.json");
    }

    private static int[] Encode(Prompt prompt, OpenedModel model, bool chat, string? system)
    {
        if (!chat && prompt.Conversation is null) return model.Tokenizer.EncodeWithoutMasks(prompt.Text, addSpecialTokens: false);
        var conversation = prompt.Conversation ?? new Conversation([new ChatMessage("user", prompt.Text)]);
        return model.Encoder.Encode(system is null ? conversation : conversation.WithSystem(system), addGenerationPrompt: true);
    }
}
