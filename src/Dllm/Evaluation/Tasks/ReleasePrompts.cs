using System.Text.Json.Nodes;
using Dllm.Tokenization;

namespace Dllm.Evaluation.Tasks;

/// <summary>A document's prompt as the evaluation harness's release 0.4.9.1 puts it together.</summary>
internal sealed class ReleasePrompts(TaskDefinition definition, DocumentReader reader, FewshotSampler sampler)
{
    /// <summary>The prompt.</summary>
    public PromptText Context(JsonObject document, int place, int shots, PromptOptions options)
    {
        var description = Resolve(definition.Description, document);
        var system = options.SystemInstruction is { } instruction
            ? string.IsNullOrEmpty(description) ? instruction : instruction + definition.Fewshot.Delimiter + description
            : description ?? "";
        var prefix = Resolve(definition.GenerationPrefix, document);
        var question = PromptBuilder.Question(reader.Text(definition.Text, document), definition.Text.Key);
        if (options.Chat is not { } chat)
        {
            var examples = shots == 0 ? "" : Text(Examples(document, place, shots, options), prefix);
            return new(system + examples + question + (prefix is null ? "" : definition.TargetDelimiter + prefix));
        }

        var messages = new List<ChatMessage>();
        if (system.Length > 0) messages.Add(new ChatMessage("system", system));
        if (shots > 0) messages.AddRange(Turns(document, place, shots, options, prefix));
        if (!options.FewshotAsMultiturn && messages is [.., { Role: not "system" } last]) messages[^1] = last with { Content = last.Content + question };
        else messages.Add(new ChatMessage("user", question));
        if (!string.IsNullOrEmpty(prefix)) messages.Add(new ChatMessage("assistant", prefix));
        return PromptText.Of(chat(messages, string.IsNullOrEmpty(prefix)));
    }

    /// <summary>What stands between a prompt and a choice.</summary>
    public static string ChoiceDelimiter(TaskDefinition definition, PromptOptions options) => options.Chat is null ? definition.TargetDelimiter : "";

    private IEnumerable<ChatMessage> Turns(JsonObject document, int place, int shots, PromptOptions options, string? prefix)
    {
        if (!options.FewshotAsMultiturn)
        {
            // One message's examples are drawn a second time, after a draw that nobody sees.
            yield return new ChatMessage("user", Text(Examples(document, (2 * place) + 1, shots, options), prefix));
            yield break;
        }

        foreach (var (question, answer) in Examples(document, place, shots, options).Select(Pair))
        {
            yield return new ChatMessage("user", question);
            yield return new ChatMessage("assistant", Lead(prefix) + answer);
        }
    }

    private string Text(IReadOnlyList<JsonObject> examples, string? prefix) => string.Concat(examples.Select(example =>
    {
        var (question, answer) = Pair(example);
        return answer.Length == 0 ? question : question + definition.Fewshot.TargetDelimiter + Lead(prefix) + answer + definition.Fewshot.Delimiter;
    }));

    private (string Question, string Answer) Pair(JsonObject example)
    {
        var fewshot = definition.Fewshot;
        var text = reader.Text(fewshot.Text, example);
        var target = reader.Target(fewshot.Target, example);
        var choices = reader.ChoicesFor(fewshot, example, DocumentReader.IsNumber(text) ? text : target);
        var question = DocumentReader.IsNumber(text) && choices.Count > 0
            ? AnswerKey.Text(text, choices)
            : PromptBuilder.Question(text, fewshot.Text.Key);
        // The release shows the first of several answers as it is, even where that is the number of a choice.
        return (question, PromptBuilder.Answer(target, choices) ?? "");
    }

    private IReadOnlyList<JsonObject> Examples(JsonObject document, int draw, int shots, PromptOptions options) =>
        sampler.Sample(document, draw, shots, options.FewshotSeed, definition.Name);

    private static string Lead(string? prefix) => string.IsNullOrEmpty(prefix) ? "" : prefix + " ";

    private string? Resolve(string? field, JsonObject document) =>
        field is null ? null : reader.Resolve(new Field("description or gen_prefix", JsonValue.Create(field), null), document);
}
