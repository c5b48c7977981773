using System.Diagnostics;
using Dllm.Cli.Quickstart.World;
using Dllm.Sampling;
using Dllm.Tokenization;

namespace Dllm.Cli.Quickstart;

/// <summary>How a model did on held-out conversations.</summary>
/// <param name="Kinds">Right answers and questions of each kind, in the order of the kinds.</param>
/// <param name="Steps">Denoising steps of an answer.</param>
/// <param name="Elapsed">Time that the answers took.</param>
internal sealed record ExaminationResult(IReadOnlyList<(string Kind, int Right, int Asked)> Kinds, int Steps, TimeSpan Elapsed)
{
    /// <summary>Exact matches of all kinds together, in percent.</summary>
    public double Percent => 100.0 * Kinds.Sum(kind => kind.Right) / Math.Max(1, Kinds.Sum(kind => kind.Asked));

    /// <summary>Tokens of answers, padding included, written a second.</summary>
    public double TokensPerSecond => Kinds.Sum(kind => kind.Asked) * QuickstartRecipe.AnswerTokens / Math.Max(Elapsed.TotalSeconds, 1e-9);
}

/// <summary>
/// Asks held-out questions and counts the answers that equal the expected one token by token, up to the end of the turn. Earlier turns are
/// given as they should be. Questions of equal length share a batch, so that no row is padded.
/// </summary>
internal static class Examination
{
    private const int MostRows = 100;

    /// <summary>Examines a model.</summary>
    /// <param name="model">Who is asked.</param>
    /// <param name="conversations">Conversations that end with the right answer.</param>
    /// <param name="steps">Denoising steps of an answer, 1 to <see cref="QuickstartRecipe.AnswerTokens"/>.</param>
    /// <param name="cancellation">Ends the examination between two steps.</param>
    public static ExaminationResult Run(OpenedModel model, IReadOnlyList<Conversation> conversations, int steps, CancellationToken cancellation)
    {
        var responder = Responder(model, steps);
        var kinds = conversations.Select(conversation => conversation.Kind).Distinct().ToList();
        var right = new int[kinds.Count];
        var asked = new int[kinds.Count];
        var clock = Stopwatch.StartNew();
        var questions = conversations.Select(conversation => (Conversation: conversation, Prompt: Prompt(model, conversation.Turns[..^1])));
        foreach (var batch in questions.GroupBy(question => question.Prompt.Length).OrderBy(group => group.Key).SelectMany(group => group.Chunk(MostRows)))
        {
            var canvas = responder.CompletionCanvas([.. batch.Select(question => question.Prompt)]);
            var answers = responder.Respond(canvas, cancellation);
            for (int row = 0; row < batch.Length; row++)
            {
                var conversation = batch[row].Conversation;
                int kind = kinds.IndexOf(conversation.Kind);
                asked[kind]++;
                if (answers[row].AsSpan().SequenceEqual(model.Tokenizer.Encode(conversation.Answer, addSpecialTokens: false))) right[kind]++;
            }
        }

        return new([.. kinds.Select((kind, i) => (kind, right[i], asked[i]))], steps, clock.Elapsed);
    }

    /// <summary>What writes answers in so many steps.</summary>
    public static Responder Responder(OpenedModel model, int steps)
    {
        var options = QuickstartRecipe.Sampling(steps);
        return new Responder(new MdlmSampler(model.Model.Denoiser, options), options, model.Tokenizer.SpecialTokens);
    }

    /// <summary>The prompt of a talk of which the user has the last word.</summary>
    public static int[] Prompt(OpenedModel model, params string[] turns) => model.Encoder.Encode(Messages(turns), addGenerationPrompt: true);

    /// <summary>The turns of a talk as messages.</summary>
    public static ChatMessage[] Messages(string[] turns) =>
        [.. turns.Select((text, i) => new ChatMessage(i % 2 == 0 ? "user" : "assistant", text))];
}
