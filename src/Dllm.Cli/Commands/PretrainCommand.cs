using System.CommandLine;
using Dllm.Cli.Display;
using Dllm.Cli.Help;
using Dllm.Cli.Options;
using Dllm.Data;
using Dllm.Training;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm pretrain</c>: text, packed into blocks, by masked diffusion.</summary>
internal sealed class PretrainCommand : Verb
{
    private static readonly TextPackingOptions Defaults = new();

    private readonly Option<string?> _dataset = CliOption.Text(
        "--dataset", "What to train on: files, folders or a hub's owner/name[@revision] (text, JSONL, JSON, Parquet), as in \"a.txt[train:1000,test:100]+b\"", "SPEC");

    private readonly Option<string> _textField = new("--text-field")
    {
        Description = "The column that holds the text",
        HelpName = "NAME",
        DefaultValueFactory = _ => "text",
    };

    private readonly Option<int?> _maxLength = DatasetOption.MaxLength("Tokens of a block", Defaults.BlockLength);
    private readonly Option<bool> _insertEos = CliOption.Switch("--insert-eos", "End each text with the end token", Defaults.AppendEnd);
    private readonly Option<bool> _dropTail = CliOption.Switch("--drop-tail", "Leave out a last block that is not full", Defaults.DropTail);

    private readonly Option<bool> _packing = CliOption.Switch(
        "--packing", "Fill blocks with texts one after the other; false makes a row of each text, for short ones", byDefault: true);

    private readonly TrainedModelOptions _model = new();
    private readonly ObjectiveOptions _objective = new();
    private readonly TrainingOptionGroup _training = new("runs/pretrain");

    /// <summary>Makes the verb.</summary>
    public PretrainCommand()
        : base(
            "pretrain",
            "Trains a model on text by masked diffusion: texts are packed into blocks of equal length and every token is learnt.",
            "pretrain --config config.json --tokenizer my-tokenizer --dataset input.txt --max-length 128 --max-steps 1000",
            "pretrain --model runs/base --dataset \"books[train:10000,test:200]\" --learning-rate 1e-4 --output-dir runs/books",
            "pretrain --recipe recipes/modernbert/pretrain.yaml --dataset input.txt",
            "pretrain --recipe recipes/modernbert/pretrain.yaml --dataset input.txt --resume")
    {
        AddRecipe();
        Add(_dataset);
        Add([_textField], HelpGroup.Data);
        Add(_maxLength);
        Add([_insertEos, _dropTail, _packing], HelpGroup.Data);
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
        using var datasets = DatasetOption.Open(parsed, _model.Hub, terminal, interruption.Token);
        var splits = datasets.Loader.LoadTexts(DatasetOption.Parse(parsed.GetValue(_dataset)), parsed.GetValue(_textField)!);
        using var model = _model.Open(parsed, Common, terminal, options.Seed, cancellation: interruption.Token);
        int length = DatasetOption.ReadLength(parsed, _maxLength, Defaults.BlockLength, model, terminal);
        var train = Collect(Rows(parsed, model, splits["train"], length), "training", length, terminal, interruption.Token);
        var test = splits.Find("test") is { } held ? Collect(Rows(parsed, model, held, length), "test", length, terminal, interruption.Token) : null;
        terminal.Output.WriteLine(FormattableString.Invariant(
            $"{train.Count:N0} training rows and {test?.Count ?? 0:N0} test rows of at most {length} tokens"));

        var tokens = model.Tokenizer.SpecialTokens;
        var data = new TrainingData { Train = train, Evaluation = test, Collator = new PadCollator(tokens.PadId ?? tokens.EosId ?? 0) };
        var run = new TrainingRun(model, data, options, objective)
        {
            Title = "pre-training",
            Record = new RunRecord(options.OutputDir!, _training.Recipe(parsed, options.Seed)),
        };
        var result = interruption.Unhurried(cancellation => run.Run(terminal, cancellation));
        return run.Conclude(result, terminal, Invocation.Line("sample", "--model", options.OutputDir!, "--raw", "Once upon a time"));
    }

    private IEnumerable<TokenizedSample> Rows(ParseResult parsed, OpenedModel model, IEnumerable<string> texts, int length)
    {
        bool ends = parsed.GetValue(_insertEos);
        if (!parsed.GetValue(_packing)) return TextRows.Make(model.Tokenizer, texts, length, ends ? model.Tokenizer.SpecialTokens.EosId : null);
        var options = new TextPackingOptions { BlockLength = length, AppendEnd = ends, DropTail = parsed.GetValue(_dropTail) };
        return new TextPacking(model.Tokenizer, options).Pack(texts);
    }

    private static List<TokenizedSample> Collect(
        IEnumerable<TokenizedSample> rows, string what, int length, Terminal terminal, CancellationToken cancellation)
    {
        using var status = new StatusLine(terminal.Output, terminal.OutputIsInteractive, terminal.Width);
        var collected = new List<TokenizedSample>();
        foreach (var row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            collected.Add(row);
            if (collected.Count % 500 == 0) status.Update(FormattableString.Invariant($"preparing {what} rows: {collected.Count:N0} …"));
        }

        return collected.Count > 0
            ? collected
            : throw new DllmException(
                $"the {what} data set is empty or does not fill one row of {length} tokens", "give more text or a smaller --max-length");
    }
}
