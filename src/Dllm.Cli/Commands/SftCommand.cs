using System.CommandLine;
using Dllm.Cli.Display;
using Dllm.Cli.Help;
using Dllm.Cli.Options;
using Dllm.Data;
using Dllm.Training;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm sft</c>: conversations, of which the answers are learnt by masked diffusion.</summary>
internal sealed class SftCommand : Verb
{
    private static readonly LengthLimit Limit = new();

    private readonly Option<string?> _dataset = CliOption.Text(
        "--dataset",
        "What to train on: files, folders or a hub's owner/name[@revision] (JSONL, JSON, Parquet or CSV) with conversations (OpenAI's messages, ShareGPT, Alpaca, prompt and completion), as in \"a[train:1000,test:100]+b\"",
        "SPEC");

    private readonly Option<int?> _maxLength = DatasetOption.MaxLength("Tokens of a conversation at most", Limit.MaxLength);

    private readonly Option<string> _truncation = CliOption.Choice(
        "--truncation", "Longer conversations: cut their end, or drop them", "right", "right", "filter");

    private readonly Option<string> _trainOn = CliOption.Enumeration<TrainOn>("--train-on", "Which tokens are learnt");

    private readonly Option<bool> _maskPromptLoss = CliOption.Switch(
        "--mask-prompt-loss", "Learn answers only; false is the same as --train-on all_tokens", byDefault: true);

    private readonly Option<string?> _chatTemplate = CliOption.Path(
        "--chat-template", "A file with another chat template (Jinja) than the checkpoint's", "FILE");

    private readonly Option<bool?> _addChatTokens = CliOption.OptionalSwitch(
        "--add-chat-tokens",
        "Make each mark of the chat template one token where it is several; unless given, for a checkpoint without a template of its own");

    private readonly TrainedModelOptions _model = new();
    private readonly ObjectiveOptions _objective = new();
    private readonly TrainingOptionGroup _training = new("runs/sft");

    /// <summary>Makes the verb.</summary>
    public SftCommand()
        : base(
            "sft",
            "Teaches a model to converse by masked diffusion: conversations are put into the chat template and the answers are learnt.",
            "sft --model runs/base --dataset \"chats.jsonl[train:1000,test:100]\" --learning-rate 1e-4 --output-dir runs/chat",
            "sft --recipe recipes/modernbert/sft.yaml --model runs/base --dataset alpaca.json+more.parquet",
            "sft --recipe recipes/modernbert/sft.yaml --model runs/base --dataset alpaca.json --resume")
    {
        AddRecipe();
        Add(_dataset);
        Add(_maxLength);
        Add([_truncation, _trainOn, _maskPromptLoss, _chatTemplate, _addChatTokens], HelpGroup.Data);
        Add(_model, HelpGroup.Model);
        Add(_objective, HelpGroup.Objective);
        Add(_training, HelpGroup.Training);
    }

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        var options = _training.Read(parsed, Common);
        var objective = _objective.Read(parsed);
        using var folder = TrainingOptionGroup.Lock(options);
        var preparing = ReadSftOptions(parsed);
        string? template = ModelOptions.ReadTemplate(parsed.GetValue(_chatTemplate));
        using var datasets = DatasetOption.Open(parsed, _model.Hub, terminal, interruption.Token);
        var splits = datasets.Loader.LoadConversations(DatasetOption.Parse(parsed.GetValue(_dataset)));
        using var model = _model.Open(parsed, Common, terminal, options.Seed, template, interruption.Token)
            .WithChatTokens(parsed.GetValue(_addChatTokens), terminal);
        int length = DatasetOption.ReadLength(parsed, _maxLength, Limit.MaxLength, model, terminal);
        preparing = preparing with { Length = preparing.Length with { MaxLength = length } };
        var preprocessing = new SftPreprocessing(model.Encoder, preparing);
        var train = Prepare(preprocessing, splits["train"], "training", terminal, interruption.Token);
        var test = splits.Find("test") is { } held ? Prepare(preprocessing, held, "test", terminal, interruption.Token) : null;

        PreparedSamples[] prepared = test is null ? [train] : [train, test];
        string[] unused = [.. prepared.SelectMany(part => part.UnusedColumns).Distinct()], unshown = [.. prepared.SelectMany(part => part.NotInTemplate).Distinct()];
        if (unused.Length > 0) terminal.WarnOfUnusedColumns(unused);
        if (unshown.Length > 0) terminal.Warn($"the chat template does not show {string.Join(", ", unshown)}");

        var run = new TrainingRun(model, DataOf(model, train.Samples, test?.Samples), options, objective)
        {
            Title = "fine-tuning",
            Record = new RunRecord(options.OutputDir!, _training.Recipe(parsed, options.Seed)),
        };
        var result = interruption.Unhurried(cancellation => run.Run(terminal, cancellation));
        return run.Conclude(result, terminal, Invocation.Line("chat", "--model", options.OutputDir!));
    }

    /// <summary>
    /// Samples as BERT-like models learn them, after the original: rows end in visible padding that is learnt, so that the model learns
    /// where an answer ends.
    /// </summary>
    public static TrainingData DataOf(OpenedModel model, IReadOnlyList<TokenizedSample> train, IReadOnlyList<TokenizedSample>? test)
    {
        int pad = model.Tokenizer.SpecialTokens.PadId ?? model.Tokenizer.SpecialTokens.EosId
            ?? throw new DllmException($"the tokenizer of {model.Directory} has neither a padding nor an end token", "use another tokenizer");
        return new TrainingData
        {
            Train = train,
            Evaluation = test,
            Collator = new NoAttentionMaskCollator(new PadCollator(pad, labelPadId: pad)),
        };
    }

    private SftOptions ReadSftOptions(ParseResult parsed)
    {
        bool learnsAll = !parsed.GetValue(_maskPromptLoss);
        if (learnsAll && parsed.IsGiven(_trainOn)) throw new DllmException("--mask-prompt-loss and --train-on are both given", "leave one out");
        var options = new SftOptions
        {
            TrainOn = learnsAll ? TrainOn.AllTokens : parsed.GetEnum<TrainOn>(_trainOn),
            Length = Limit with
            {
                MaxLength = parsed.GetValue(_maxLength) ?? Limit.MaxLength,
                Truncation = parsed.GetValue(_truncation) == "filter" ? Truncation.Filter : Truncation.Right,
            },
        };
        options.Validate();
        return options;
    }

    private static PreparedSamples Prepare(
        SftPreprocessing preprocessing, IEnumerable<Conversation> conversations, string what, Terminal terminal, CancellationToken cancellation)
    {
        using var status = new StatusLine(terminal.Output, terminal.OutputIsInteractive, terminal.Width);
        var progress = new Counter(count => status.Update(FormattableString.Invariant($"preparing {what} conversations: {count:N0} …")));
        var prepared = preprocessing.Prepare(conversations, progress, cancellation).RequireAny(what);
        status.Clear();
        terminal.Output.WriteLine($"{what}: {prepared.Summary}");
        return prepared;
    }

    private sealed class Counter(Action<int> show) : IProgress<int>
    {
        public void Report(int value) => show(value);
    }
}
