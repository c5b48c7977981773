using System.CommandLine;
using Dllm.Cli.Options;
using Dllm.Data;
using Dllm.Tokenization;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm infill</c>: fills mask tokens anywhere in a text.</summary>
internal sealed class InfillCommand : Verb
{
    private const int MostQuoted = 80;

    private readonly Argument<string[]> _texts = new("TEXT")
    {
        Description = "Texts with mask tokens; without any, those of --file or a line each of the standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _file = CliOption.Text("--file", "A file with a text a line; .jsonl: objects with 'prompt'", "FILE");

    private readonly Option<string?> _question = CliOption.Text(
        "--prompt", "The text is an answer to this question: both are put into the chat template", "QUESTION");

    private readonly Option<int> _batchSize = CliOption.Integer("--batch-size", "Texts that are filled together", 8, least: 1);
    private readonly ModelOptions _model = new();
    private readonly SamplerOptions _sampler = new();
    private readonly OutputOptions _output = new();

    /// <summary>Makes the verb.</summary>
    public InfillCommand()
        : base(
            "infill",
            "Fills the mask tokens of a text (as the tokenizer spells them, such as [MASK]; one for each token to be written).",
            "infill \"anna lives in [MASK] .\"",
            "infill --model runs/chat --visualize \"the [MASK] ball is [MASK] .\"",
            "infill --prompt \"Who lives in Rome?\" \"It is [MASK] [MASK].\"")
    {
        Add(_texts);
        Add(_model);
        Add(_file);
        Add(_question);
        Add(_batchSize);
        Add(_sampler);
        Add(_output);
    }

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        _sampler.Check(parsed, parsed.GetValue(Common.Seed)); // mistakes show before anything loads
        _output.Begin(parsed);
        var texts = PromptSource.Read("text", parsed.GetValue(_texts) ?? [], parsed.GetValue(_file), terminal, interruption);
        using var model = _model.Open(parsed, Common, terminal, interruption.Token);
        var chosen = _sampler.Read(parsed, parsed.GetValue(Common.Seed), model);
        if (chosen.Infill is null)
        {
            throw new DllmException(
                $"the sampler {chosen.Name} does not fill gaps", "fill gaps with a model of masked diffusion, or use dllm sample");
        }

        foreach (string warning in chosen.Warnings) terminal.Warn(warning);
        foreach (string name in _sampler.GivenLengths(parsed))
            terminal.Warn($"{name} has no effect: what is to be filled are the mask tokens of the text");
        if (_model.NamesTemplate(parsed) && parsed.GetValue(_question) is null)
            terminal.Warn("--chat-template has no effect without --prompt");
        var rows = texts.Select(text => Encode(text.Text, model, parsed.GetValue(_question))).ToList();
        var batches = PreparedBatch.Of(
            "text",
            rows,
            parsed.GetValue(_batchSize),
            first => _sampler.Make(parsed, parsed.GetValue(Common.Seed), model, first),
            part => chosen.Infill(part, model));
        foreach (var (first, sampler, canvas) in batches)
        {
            int[] putInFront = [.. Enumerable.Range(0, canvas.Rows).Select(row => canvas.Length(row) - rows[first + row].Length)];
            var pace = _output.Run(parsed, terminal, model, sampler, canvas, interruption.Token);
            for (int row = 0; row < canvas.Rows; row++)
            {
                int[] ids = canvas.Tokens(row).ToArray();
                int start = parsed.GetValue(_question) is { } question ? putInFront[row] + AnswerStart(question, model) : 0;
                string whole = parsed.GetValue(_question) is null
                    ? model.Tokenizer.Decode(ids, skipSpecialTokens: true)
                    : new ResponseText(model.Tokenizer).Completion(ids, Math.Min(ids.Length, start));
                var result = new SampleResult(
                    texts[first + row].Text, whole.Trim(), canvas.Written(row), pace.Steps, pace.TokensPerSecond, "stop");
                _output.Write(parsed, terminal, result, first + row + 1, texts.Count);
            }
        }

        _output.End(parsed, terminal, model);
        return 0;
    }

    private static int[] Encode(string text, OpenedModel model, string? question)
    {
        int[] ids = question is null
            ? model.Tokenizer.Encode(text)
            : model.Encoder.Encode([new ChatMessage("user", question), new ChatMessage("assistant", text)]);
        if (ids.Contains(model.MaskId)) return ids;
        string quoted = text.Length <= MostQuoted ? text : text[..MostQuoted] + "…";
        throw new DllmException(
            $"the text '{quoted}' has no mask token to fill", $"write {model.Tokenizer.SpecialTokens.Mask} where a token is to be written");
    }

    private static int AnswerStart(string question, OpenedModel model) =>
        model.Encoder.Encode([new ChatMessage("user", question)], addGenerationPrompt: true).Length;
}
