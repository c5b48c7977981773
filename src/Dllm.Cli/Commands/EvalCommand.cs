using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Dllm.Checkpoints;
using Dllm.Cli.Display;
using Dllm.Cli.Help;
using Dllm.Cli.Options;
using Dllm.Evaluation.Reports;
using Dllm.Evaluation.Running;
using Dllm.Evaluation.Tasks;
using Dllm.Runtime;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm eval</c>: asks a model the questions of benchmarks and scores its answers.</summary>
internal sealed class EvalCommand : Verb
{
    /// <summary>The command that further verbs of evaluation stand below.</summary>
    public static readonly (string Name, string Description) Parent = ("eval", "Evaluates a model.");

    /// <summary>Where results are kept.</summary>
    public static readonly Option<string?> Output = CliOption.Path(
        "--output",
        "Keep results.json, report.md, report.html, samples and answers in this folder; an interrupted run goes on from there", "DIR");

    private readonly ModelOptions _model = new();
    private readonly EvalTaskOptions _tasks = new();
    private readonly EvalModelOptions _answers = new();
    private readonly SamplerOptionGroup _sampler = new();
    private readonly CodeOptionGroup _code = new();

    /// <summary>Makes the verb.</summary>
    public EvalCommand()
        : base(
            "eval",
            "Asks a model the questions of benchmarks, with the prompts, filters and metrics of lm-evaluation-harness, and reports scores.",
            "eval --model runs/chat --tasks gsm8k,hellaswag --data-dir data --limit 100 --output runs/eval",
            "eval --model runs/chat --tasks mmlu --num-fewshot 5 --apply-chat-template --mc-num 32 --data-dir data",
            "eval --model runs/chat --tasks piqa --shard 2/8 --data-dir data --output runs/eval")
    {
        Add(_model, HelpGroup.Model);
        AddRecipe();
        Add(_tasks, HelpGroup.Tasks);
        Add(Output);
        Add(_answers, HelpGroup.Likelihoods);
        Add(_code, HelpGroup.Tasks);
        Add(_sampler.Where(option => _answers.All(own => own.Name != option.Name)), HelpGroup.Sampler);
    }

    /// <inheritdoc/>
    public override SamplerOptionGroup? Sampler => _sampler;

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        var results = Evaluate(parsed, terminal, interruption);
        terminal.Output.Write(ResultTable.ToMarkdown(results));
        return 0;
    }

    /// <summary>Runs the evaluation, and keeps it where that was asked for.</summary>
    /// <returns>The content of <c>results.json</c>.</returns>
    public JsonObject Evaluate(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        var started = DateTimeOffset.UtcNow;
        long? seed = parsed.GetValue(Common.Seed);
        _sampler.Check(parsed, seed); // mistakes show before anything loads
        var asked = _tasks.Check(parsed);
        var selection = _tasks.Select(parsed, terminal);
        var executor = _code.Open(parsed, selection, terminal);
        using var display = new EvalDisplay(terminal);
        display.Begin(selection.Tasks.Count == 1 ? $"reading the documents of {selection.Tasks[0].Name}"
            : string.Create(CultureInfo.InvariantCulture, $"reading the documents of {selection.Tasks.Count} tasks"));
        var tasks = Load(parsed, selection, asked, terminal, interruption.Token);
        display.Clear();
        var folder = parsed.GetValue(Output) is { } path ? new EvalFolder(path).For(asked.Shard) : null;
        using var held = folder is null ? null : FolderLock.Take(folder.Path, "--output");
        if (folder is null && !asked.Shard.IsWhole) terminal.Warn("without --output nothing is kept of the shard, and it cannot be merged");

        if (!terminal.ErrorIsInteractive) display.Begin("opening the model");
        using var opened = _model.Open(parsed, Common, terminal, interruption.Token);
        var options = _tasks.Read(parsed, opened.HasChatTemplate ? () => Formatter(opened) : null);
        display.Begin("reading the weights' hash");
        string hash = ModelHash.Of(opened.Path);
        var model = _answers.Open(parsed, terminal, opened, _sampler, seed ?? 0, _tasks.AppliesChatTemplate(parsed));
        KeyValuePair<string, string>[] settings =
        [
            .. EvalModelOptions.Describe(parsed, opened, _sampler, seed),
            .. _answers.Describe(parsed),
            new("dtype", parsed.GetValue(Common.Dtype)!),
            new("quantization", _model.Quantization(parsed)),
            new("device", parsed.GetValue(Common.Device) ?? "cpu"),
        ];
        // How many rows share a forward changes no answer: what did not fit into memory goes on with fewer.
        using var cache = folder is null ? null : new AnswerCache(
            folder.Answers, $"{hash}\n{string.Join('\n', settings.Where(setting => setting.Key != EvalModelOptions.BatchSizeSetting))}");
        var clock = new EvalClock();
        IReadOnlyList<TaskRun> runs;
        try
        {
            runs = new EvalRunner(tasks, options, executor).Run(
                model, cache,
                progress =>
                {
                    clock.Note(progress);
                    display.Report(progress);
                },
                interruption.Token);
        }
        catch (OperationCanceledException) when (folder is not null)
        {
            display.Clear();
            terminal.Error.WriteLine($"answers are kept in {folder.Path}: the same command goes on from there");
            throw;
        }

        display.Clear();

        TaskResult[] results = [.. runs.Select(run => TaskResult.Of(run, options.BootstrapIterations))];
        var file = ResultsFile.Build(results, GroupResult.Of(selection.Groups, results), options, new EvalRecord
        {
            Command = [.. parsed.Tokens.Select(token => token.Value)],
            Model = opened.Directory,
            ModelHash = hash,
            ChatTemplate = options.Prompt.Chat is null ? null : opened.TemplateSource,
            Settings = [.. settings, .. _tasks.Describe(parsed), .. _code.Describe(executor)],
            Environment = RunEnvironment.Describe(),
            Started = started,
            Ended = DateTimeOffset.UtcNow,
            Counts = model.Counts,
            Requests = clock.Requests,
            FromCache = clock.FromCache,
            AnsweringTime = clock.Likelihoods + clock.Texts,
            GenerationTime = clock.Texts,
        });
        if (model.Counts.TruncatedContexts is > 0 and var cut)
            terminal.Warn(string.Create(CultureInfo.InvariantCulture, $"{cut} of {clock.Requests} contexts were longer than the model reads and lost their beginning"));
        folder?.Write(file, runs);
        if (folder is not null) terminal.Error.WriteLine($"kept in {folder.Path}: results.json, report.html, report.md, samples, answers");
        return file;
    }

    private IReadOnlyList<EvalTask> Load(
        ParseResult parsed, TaskSelection selection, EvalOptions options, Terminal terminal, CancellationToken cancellation)
    {
        using var hub = _model.Hub.Open(parsed);
        using var download = new DownloadDisplay(terminal);
        return _tasks.Load(parsed, selection, options, new HubTaskData(hub, download, cancellation));
    }

    /// <summary>The tasks and groups that a command line names.</summary>
    public TaskSelection Select(ParseResult parsed, Terminal terminal) => _tasks.Select(parsed, terminal);

    /// <summary>What a command line asks, and how; prompts are not for use.</summary>
    public EvalOptions ReadOptions(ParseResult parsed) => _tasks.Check(parsed);

    private static ChatFormatter Formatter(OpenedModel model) => (messages, addGenerationPrompt) =>
        addGenerationPrompt ? model.Encoder.RenderWithSpans(messages, addGenerationPrompt: true) : model.Encoder.RenderToContinue(messages);
}
