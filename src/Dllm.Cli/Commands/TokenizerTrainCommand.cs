using System.CommandLine;
using Dllm.Cli.Display;
using Dllm.Cli.Options;
using Dllm.Tokenization;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm tokenizer train</c>: a byte-level BPE tokenizer from text.</summary>
internal sealed class TokenizerTrainCommand : Verb
{
    private static readonly BpeTrainingOptions Defaults = new();

    private readonly Option<string?> _dataset = CliOption.Text("--dataset", "The text: files, folders or a hub's owner/name, as for pretrain", "SPEC");

    private readonly Option<string?> _textField = CliOption.Text("--text-field", "The column that holds the text. [default: text]", "NAME");

    private readonly Option<int> _vocabularySize = CliOption.Integer(
        "--vocab-size", "Tokens in all: special tokens, 256 bytes, merges", Defaults.VocabularySize, least: 262);

    private readonly Option<int> _minFrequency = CliOption.Integer(
        "--min-frequency", "How often a pair must occur to merge", Defaults.MinimumFrequency, least: 1);

    private readonly Option<string?> _outputDir = CliOption.Path("--output-dir", "Where the tokenizer's files go", "DIR");

    private readonly HubOptionGroup _hub = new();

    /// <summary>Makes the verb.</summary>
    public TokenizerTrainCommand()
        : base(
            "train",
            "Trains a byte-level BPE tokenizer with ModernBERT's special tokens, in Hugging Face's format.",
            "tokenizer train --dataset input.txt --vocab-size 4096 --output-dir runs/tokenizer")
    {
        Add(_dataset);
        Add(_textField);
        Add(_vocabularySize);
        Add(_minFrequency);
        Add(_outputDir);
        Add(_hub);
    }

    /// <inheritdoc/>
    public override (string Name, string Description)? Group => ("tokenizer", "Makes tokenizers.");

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        string folder = parsed.GetValue(_outputDir) ?? throw new DllmException("there is no place for the tokenizer", "give --output-dir DIR");
        var spec = DatasetOption.Parse(parsed.GetValue(_dataset));
        using var datasets = DatasetOption.Open(parsed, _hub, terminal, interruption.Token);
        var texts = datasets.Loader.LoadTexts(spec, parsed.GetValue(_textField) ?? "text")["train"];
        var options = new BpeTrainingOptions
        {
            VocabularySize = parsed.GetValue(_vocabularySize),
            MinimumFrequency = parsed.GetValue(_minFrequency),
        };
        Tokenizer tokenizer;
        using (var status = new StatusLine(terminal.Error, terminal.ErrorIsInteractive, terminal.Width))
        {
            status.Update("training the tokenizer …");
            tokenizer = BpeTrainer.Train(texts, options, interruption.Token);
        }

        tokenizer.Save(folder);
        terminal.Output.WriteLine($"a tokenizer of {tokenizer.VocabularySize} tokens is in {folder}");
        return 0;
    }
}
