using System.CommandLine;
using Dllm.Cli.Display;
using Dllm.Cli.Help;
using Dllm.Cli.Options;
using Dllm.Data;
using Dllm.Evaluation;
using Dllm.Models;
using Dllm.Sampling;

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

    private readonly Option<string?> _file = CliOption.Text("--file", "A file with a text a line; or rows (.jsonl, .json, .parquet, .csv) with a 'text', or messages of which the last has gaps", "FILE");

    private readonly Option<string?> _question = CliOption.Text(
        "--prompt", "The text is an answer to this question: both are put into the chat template", "QUESTION");

    private readonly Option<int> _batchSize = CliOption.Integer("--batch-size", "Texts that are filled together", 8, least: 1);
    private readonly Option<string[]> _choices = CliOption.Words(
        "--choices", "Do not fill in: score these labels, with commas between them, at each mask token, with probabilities (classification)", "LABEL,…");

    private readonly ModelOptions _model = new();
    private readonly SamplerOptionGroup _sampler = new();
    private readonly OutputOptions _output = new();

    /// <summary>Makes the verb.</summary>
    public InfillCommand()
        : base(
            "infill",
            "Fills the mask tokens of a text (as the tokenizer spells them, such as [MASK]; one for each token to be written).",
            "infill \"anna lives in [MASK] .\"",
            "infill --model runs/chat --visualize \"the [MASK] ball is [MASK] .\"",
            "infill --prompt \"Who lives in Rome?\" \"It is [MASK] [MASK].\"",
            "infill \"the ball is [MASK] .\" --choices red,blue,green")
    {
        Add(_texts);
        AddRecipe();
        Add(_model, HelpGroup.Model);
        Add(_file);
        Add(_question);
        Add(_choices);
        Add(_batchSize);
        Add(_sampler, HelpGroup.Sampler);
        Add(_output, HelpGroup.Output);
    }

    /// <inheritdoc/>
    public override SamplerOptionGroup? Sampler => _sampler;

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        _sampler.Check(parsed, parsed.GetValue(Common.Seed)); // mistakes show before anything loads
        _output.Begin(parsed);
        var texts = PromptSource.Read("text", parsed.GetValue(_texts) ?? [], parsed.GetValue(_file), terminal, interruption);
        using var model = _model.Open(parsed, Common, terminal, interruption.Token);
        var settings = _sampler.Read(parsed, parsed.GetValue(Common.Seed), model);
        settings.Sampler.RequireInfilling();
        if (parsed.IsGiven(_choices)) return Score(parsed, terminal, texts, model, settings, interruption.Token);
        SamplerOptionGroup.Warn(settings, terminal);
        foreach (string name in _sampler.GivenLengths(parsed))
            terminal.Warn($"{name} has no effect: what is to be filled are the mask tokens of the text");
        if (_model.NamesTemplate(parsed) && parsed.GetValue(_question) is null)
            terminal.Warn("--chat-template has no effect without --prompt");
        var rows = texts.Select(text => Filled(text, model, parsed.GetValue(_question))).ToList();
        var batches = PreparedBatch.Of(
            "text",
            rows,
            parsed.GetValue(_batchSize),
            first => settings.ForPromptsFrom(first).Create(model.Model.Denoiser),
            part => settings.Sampler.InfillingCanvas(part, settings.Options, model.CanvasTokens));
        // A sampler may put a token in front, and change the length of a row.
        int[] putInFront = [.. batches
            .SelectMany(batch => Enumerable.Range(0, batch.Canvas.Rows).Select(batch.Canvas.Length))
            .Zip(rows, (length, row) => length - row.Length)];
        SampleResult Result(PreparedBatch batch, int row, SamplingPace pace)
        {
            int number = batch.First + row;
            int[] ids = batch.Canvas.Tokens(row).ToArray();
            string whole = Conversation(texts[number], parsed.GetValue(_question)) is not { } conversation
                ? model.Tokenizer.Decode(ids, skipSpecialTokens: true)
                : model.Response.Completion(ids, Math.Min(ids.Length, putInFront[number] + AnswerStart(conversation, model)));
            return new SampleResult(texts[number].Text, whole.Trim(), batch.Canvas.Written(row), pace.Steps, pace.TokensPerSecond, "stop");
        }

        _output.Run(parsed, terminal, model, batches, Result, interruption.Token);
        return 0;
    }

    private int Score(
        ParseResult parsed, Terminal terminal, IReadOnlyList<Prompt> texts, OpenedModel model, SamplerSettings settings, CancellationToken cancellation)
    {
        if (_output.OfSteps.FirstOrDefault(parsed.IsGiven) is { } shown)
            throw new DllmException($"{shown.Name} is given, but with --choices nothing is denoised", "leave one out");
        if (settings.Sampler.Likelihood is not (LikelihoodKind.MonteCarlo or LikelihoodKind.Dream))
        {
            throw new DllmException(
                $"--choices needs a model that sees both sides of a gap, and the sampler {settings.Sampler.Name} reads block by block", "use a model of masked diffusion, such as --sampler mdlm samples");
        }

        foreach (var option in _sampler.Where(option => option.Name is not ("--sampler" or "--right-shift-logits") && parsed.IsGiven(option)))
            terminal.Warn($"{option.Name} has no effect with --choices");
        bool isShifted = settings.Sampler.Likelihood == LikelihoodKind.Dream || settings.Options.RightShiftLogits;
        IDenoiser denoiser = isShifted ? new RightShiftedDenoiser(model.Model.Denoiser) : model.Model.Denoiser;
        var scorer = new GapChoices(denoiser, model.Tokenizer, model.Model.Denoiser.MaxPositions, model.Model.Denoiser.Device);
        string? question = parsed.GetValue(_question);
        foreach (var (number, text) in texts.Index())
        {
            var gaps = scorer.Score(text.Text, parsed.GetValue(_choices)!, written => Encode(written, model, Conversation(text, question)), cancellation);
            if (_output.IsJson(parsed)) terminal.WriteJson(ChoiceReport.Json(text.Text, gaps));
            else foreach (string line in ChoiceReport.Lines(gaps, texts.Count > 1 ? $"[{number + 1}] {text.Text}" : null)) terminal.WriteAnswer(line);
        }

        return 0;
    }

    // What is filled as an answer: a file's conversation of several messages, or a text with --prompt.
    private static Conversation? Conversation(Prompt text, string? question) => text.Conversation is { Messages.Count: > 1 } conversation
        ? conversation
        : question is null ? null : Data.Conversation.Of(question, text.Text);

    private static int[] Filled(Prompt prompt, OpenedModel model, string? question)
    {
        string text = prompt.Text;
        int[] ids = Encode(text, model, Conversation(prompt, question));
        if (ids.Contains(model.MaskId)) return ids;
        string quoted = text.Length <= MostQuoted ? text : text[..MostQuoted] + "…";
        throw new DllmException(
            $"the text '{quoted}' has no mask token to fill", $"write {model.Tokenizer.SpecialTokens.Mask} where a token is to be written");
    }

    private static int[] Encode(string text, OpenedModel model, Conversation? conversation) => conversation is null
        ? model.Tokenizer.Encode(text)
        : model.Encoder.EncodeWithGaps(
            conversation with { Messages = [.. conversation.Messages.SkipLast(1), conversation.Messages[^1] with { Content = text }] });

    private static int AnswerStart(Conversation conversation, OpenedModel model) => model.Encoder.Encode(
        conversation with { Messages = [.. conversation.Messages.SkipLast(1)] }, addGenerationPrompt: true).Length;
}
