using System.Globalization;
using Dllm.Checkpoints;
using Dllm.Cli.Display;
using Dllm.Cli.Help;
using Dllm.Cli.Quickstart.World;
using Dllm.Data;
using Dllm.Models;
using Dllm.Sampling;
using Dllm.Training;
using Conversation = Dllm.Cli.Quickstart.World.Conversation;

namespace Dllm.Cli.Quickstart;

/// <summary>The chapters of the quickstart, told on a terminal.</summary>
/// <param name="terminal">Where to tell it.</param>
/// <param name="interruption">How the user stops it.</param>
internal sealed class QuickstartStory(Terminal terminal, Interruption interruption)
{
    /// <summary>Exact match, in percent, below which the quickstart has failed.</summary>
    private const double Pass = 90;

    private static readonly string[][] FirstQuestions =
    [
        ["hi, my name is clara."],
        ["the ball is red and the cup is blue. what colour is the cup?"],
        ["what is the capital of france?"],
    ];

    private static readonly string[][] LastQuestions =
    [
        ["hi, my name is clara.", "hello clara, nice to meet you!", "do you know my name?"],
        ["max can swim and max can not sing. can max sing?"],
        ["tom has 4 apples and buys 3 more. how many apples does tom have now?"],
    ];

    /// <summary>The checkpoint to start from.</summary>
    public required string Base { get; init; }

    /// <summary>Where everything goes.</summary>
    public required string OutputDir { get; init; }

    /// <summary>Steps of the fine-tuning.</summary>
    public required int Steps { get; init; }

    /// <summary>Seed of the fine-tuning.</summary>
    public required int Seed { get; init; }

    /// <summary>Tells the story.</summary>
    /// <returns>0, or 1 where fewer answers are right than <see cref="Pass"/> percent.</returns>
    /// <exception cref="DllmException">The base cannot be opened, or the checkpoint cannot be written.</exception>
    public int Tell()
    {
        string checkpoint = Path.Combine(OutputDir, "model");
        using var folder = FolderLock.Take(checkpoint);
        using var model = new OpenedModel(Base, PretrainedModel.Load(Base));
        var conversations = Conversations.Make(WorldFiles.Seed, WorldFiles.TrainConversations, WorldFiles.HeldOutConversations);

        Chapter($"1. A BERT that fills in blanks: {Parameters(model)} parameters, pre-trained on statements alone");
        Say("   It has read no question and no dialogue. Asked all the same, it babbles:");
        foreach (string[] turns in FirstQuestions) Ask(model, turns);

        Chapter($"2. Teaching it to talk: {conversations.Train.Count:N0} short conversations, {Steps} steps of masked diffusion");
        var result = Train(model, conversations.Train, checkpoint);
        if (result.Cancelled)
        {
            terminal.Error.WriteLine($"interrupted at step {result.Step} of {result.Steps}");
            return Interruption.ExitCode;
        }

        Chapter($"3. The examination: {conversations.HeldOut.Count} conversations that it never saw, whole answers compared");
        var graded = Examination.Run(model, conversations.HeldOut, QuickstartRecipe.AnswerTokens, interruption.Token);
        foreach (var (kind, right, asked) in graded.Kinds) Say(Invariant($"   {kind,-9} {100.0 * right / asked,5:0.0} %   {right} of {asked}"));
        Say(Invariant($"held-out exact match: {graded.Percent:0.0} %"));

        Chapter("4. The same answers in fewer steps: what diffusion is good for");
        Say("   steps   exact match   tokens/s");
        foreach (int steps in (int[])[QuickstartRecipe.AnswerTokens, 6, 4, 3])
        {
            var again = steps == graded.Steps ? graded : Examination.Run(model, conversations.HeldOut, steps, interruption.Token);
            Say(Invariant($"   {steps,5}   {again.Percent,9:0.0} %   {again.TokensPerSecond,8:N0}"));
        }

        Chapter("5. Watch it answer: every blank is filled where the model is surest");
        foreach (string[] turns in LastQuestions) Show(model, turns);

        Say("");
        Say($"The checkpoint is in {checkpoint}, the loss curve in {Path.Combine(checkpoint, "loss.png")}. What next:");
        Say($"   {Invocation.Line("chat")}");
        Say($"   {Invocation.Line("sample", "--model", checkpoint, "--visualize", "what is the opposite of hot?")}");
        Say($"   {Invocation.Line("infill", "--model", checkpoint, "--visualize", "the capital of [MASK] is paris.")}");
        return graded.Percent >= Pass ? 0 : 1;
    }

    private TrainingResult Train(OpenedModel model, IReadOnlyList<Conversation> conversations, string checkpoint)
    {
        int padding = model.Tokenizer.SpecialTokens.PadId ?? 0;
        var preprocessing = new SftPreprocessing(model.Encoder);
        var samples = conversations
            .Select(talk => QuickstartRecipe.Fill(preprocessing.Map(new Data.Conversation(Examination.Messages(talk.Turns))), padding)).ToList();
        var data = new TrainingData { Train = samples, Collator = new NoAttentionMaskCollator(new PadCollator(padding, labelPadId: padding)) };
        var run = new TrainingRun(model, data, QuickstartRecipe.Training(checkpoint, Seed, Steps), QuickstartRecipe.Objective)
        {
            Title = "dllm quickstart: fine-tuning",
        };
        return interruption.Unhurried(cancellation => run.Run(terminal, cancellation));
    }

    private void Ask(OpenedModel model, string[] turns)
    {
        var responder = Examination.Responder(model, QuickstartRecipe.AnswerTokens);
        var canvas = responder.CompletionCanvas([Examination.Prompt(model, turns)]);
        string answer = model.Tokenizer.Decode(responder.Respond(canvas, interruption.Token)[0], skipSpecialTokens: true);
        Say($"   you:   {turns[^1]}");
        Say($"   model: {answer}");
    }

    private void Show(OpenedModel model, string[] turns)
    {
        foreach (var (text, i) in turns.Select((text, i) => (text, i))) Say($"   {(i % 2 == 0 ? "you:  " : "model:")} {text}");
        int[] prompt = Examination.Prompt(model, turns);
        var options = QuickstartRecipe.Sampling();
        var responder = Examination.Responder(model, options.Steps);
        var canvas = responder.CompletionCanvas([prompt]);
        var display = new DenoisingDisplay(terminal, model.CanvasText)
        {
            From = [prompt.Length],
            Hold = TimeSpan.FromMilliseconds(terminal.OutputIsInteractive ? 150 : 0),
        };
        display.Run(new MdlmSampler(model.Model.Denoiser, options), canvas, interruption.Token);
        Say($"   model: {model.Tokenizer.Decode(responder.Response(canvas, 0), skipSpecialTokens: true)}");
        Say("");
    }

    private void Chapter(string title)
    {
        Say("");
        Say(title);
    }

    private void Say(string line) => terminal.Output.WriteLine(line);

    private static string Parameters(OpenedModel model) =>
        string.Create(CultureInfo.InvariantCulture, $"{model.Model.Denoiser.parameters().Sum(parameter => parameter.numel()) / 1e6:0.0} million");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
