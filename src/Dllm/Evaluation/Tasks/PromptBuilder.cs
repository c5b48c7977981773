using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Tasks;

/// <summary>A document's prompts, put together as the evaluation harness's main branch does.</summary>
internal sealed class PromptBuilder(TaskDefinition definition, DocumentReader reader, FewshotSampler sampler, bool choicesAreInputs)
{
    /// <summary>The prompt; one for each choice where the choices are the inputs.</summary>
    public IReadOnlyList<PromptText> Contexts(JsonObject document, int place, int shots, PromptOptions options)
    {
        var before = Before(document, place, shots, options);
        var prefix = Resolve(definition.GenerationPrefix, document);
        if (!choicesAreInputs) return [Context(Question(reader.Text(definition.Text, document), definition.Text.Key), definition.TargetDelimiter)];
        return [.. reader.Choices(definition.Choices!, document).Select(choice => Context(choice, ""))];

        PromptText Context(string question, string delimiter)
        {
            PromptTurn[] turns = [.. before, .. Turns(question, null, prefix, delimiter, "")];
            if (options.Chat is not { } chat) return new(PromptTurn.Text(turns));
            return PromptText.Of(chat(options.FewshotAsMultiturn ? PromptTurn.Turns(turns) : PromptTurn.Joined(turns), string.IsNullOrEmpty(prefix)));
        }
    }

    /// <summary>What stands between a prompt and a choice.</summary>
    public string ChoiceDelimiter(PromptOptions options) =>
        options.Chat is null || (definition.GenerationPrefix is { Length: > 0 } prefix && !PythonText.IsWhitespace(prefix[^1])) ? definition.TargetDelimiter : "";

    private List<PromptTurn> Before(JsonObject document, int place, int shots, PromptOptions options)
    {
        var turns = new List<PromptTurn>();
        var system = PromptTurn.Join(options.SystemInstruction, Resolve(definition.Description, document), definition.FewshotDelimiter);
        if (system.Length > 0) turns.Add(new PromptTurn("system", system));
        if (shots == 0) return turns;
        var fewshot = definition.Fewshot;
        foreach (var example in sampler.Sample(document, place, shots, options.FewshotSeed, definition.Name))
        {
            var question = reader.Text(fewshot.Text, example);
            var target = reader.Target(fewshot.Target, example);
            var choices = reader.ChoicesFor(fewshot, example, choicesAreInputs ? question : First(target));
            var asked = choicesAreInputs ? AnswerKey.Text(question, choices) : Question(question, fewshot.Text.Key);
            var answer = Answer(target, choicesAreInputs ? [] : choices);
            turns.AddRange(Turns(asked, answer, Resolve(fewshot.GenerationPrefix, example), fewshot.TargetDelimiter, fewshot.Delimiter));
        }

        return turns;
    }

    private static IEnumerable<PromptTurn> Turns(string question, string? answer, string? prefix, string targetDelimiter, string fewshotDelimiter)
    {
        var hasAnswer = !string.IsNullOrEmpty(answer);
        var hasPrefix = !string.IsNullOrEmpty(prefix);
        var isDelimited = hasPrefix ? PromptTurn.NeedsDelimiter(question, prefix!) : hasAnswer;
        yield return new PromptTurn("user", question, isDelimited ? targetDelimiter : "");
        if (hasAnswer) yield return new PromptTurn("assistant", PromptTurn.Join(prefix, answer, " "), fewshotDelimiter);
        else if (hasPrefix) yield return new PromptTurn("assistant", prefix!);
    }

    /// <summary>An answer as text: the number of a choice becomes the choice, and of several answers the first is shown.</summary>
    internal static string? Answer(JsonNode? target, IReadOnlyList<string> choices) => target switch
    {
        null => null,
        _ => AnswerKey.Text(First(target), choices),
    };

    private static JsonNode? First(JsonNode? target) => AnswerKey.Of(target)[0];

    internal static string Question(JsonNode? text, string key) => text is JsonValue value && value.GetValueKind() == JsonValueKind.String
        ? value.Deserialize<string>()!
        : throw new DllmException($"{key} gives no text: {text?.ToJsonString() ?? "null"}");

    private string? Resolve(string? field, JsonObject document) =>
        field is null ? null : reader.Resolve(new Field("description or gen_prefix", JsonValue.Create(field), null), document);
}
