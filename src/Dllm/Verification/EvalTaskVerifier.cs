using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Execution;
using Dllm.Evaluation.Tasks;
using Dllm.Tokenization;

namespace Dllm.Verification;

/// <summary>
/// A task on synthetic documents: its prompts and requests, and the scores of given answers. The definition is the library's; texts
/// that belong to the benchmark (examples, preambles) and the settings recorded in the case come from the case.
/// </summary>
/// <param name="includePaths">Folders of further tasks, besides the library's own.</param>
/// <param name="executor">Runs the recorded programs of tasks that are scored by it; null leaves those scores out.</param>
internal sealed class EvalTaskVerifier(IReadOnlyList<string> includePaths, ICodeExecutor? executor = null) : ICaseVerifier
{
    private const string ReleaseMark = "0.4.9.1";

    private static readonly JsonSerializerOptions _readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lazy<TaskLibrary> _library = new(() => TaskLibrary.Open(includePaths));

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["eval_task"];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        var definition = EvalTaskCase.Definition(_library.Value, c.Json);
        if (c.Json.Text("source_version").Contains(ReleaseMark, StringComparison.Ordinal)) definition = definition.ForRelease0491();
        var documents = EvalTaskCase.Documents(definition, c.Json);
        var pool = c.Json.Optional("fewshot_pool") is { } rows ? EvalTaskCase.Rows(rows) : [];
        var task = new EvalTask(definition, documents, pool);
        var isShuffled = c.Json.Optional("shuffle_note") is not null;
        return Targets(c.Json, task).Concat(new EvalScores(executor).Verify(c.Json, task)).Concat(c.Json.Items("prompts").SelectMany(i => Prompts(
            $"prompts[{i.Index}]", isShuffled ? new EvalTask(definition, ShuffledAnswers.AsAsked(documents, i.Item), pool) : task, i.Item)));
    }

    private static IEnumerable<CheckResult> Targets(JsonElement json, EvalTask task)
    {
        // Where the choices are the inputs, the case records the text after them and scoring the number of the right one.
        var areInputs = task.Name == "winogrande";
        for (var i = 0; i < task.DocumentCount; i++)
        {
            var document = task.Document(i);
            if (json.Optional("targets") is { } targets && !areInputs)
                yield return Same($"targets[{i}]", targets[i], document.Target);
            if (json.Optional("choices") is { } choices)
                yield return CheckResult.EqualSequence($"choices[{i}]", choices[i].Texts(), document.Choices);
        }
    }

    private static IEnumerable<CheckResult> Prompts(string name, EvalTask task, JsonElement prompt)
    {
        var options = new PromptOptions
        {
            NumFewshot = prompt.Int("num_fewshot"),
            Chat = prompt.Bool("apply_chat_template") ? (messages, open) => new(Format(messages, open), []) : null,
            FewshotAsMultiturn = prompt.Bool("apply_chat_template") && prompt.Bool("fewshot_as_multiturn"),
            SystemInstruction = prompt.OptionalText("system_instruction"),
            FewshotSeed = prompt.Int("fewshot_seed"),
        };
        var actual = Enumerable.Range(0, task.DocumentCount).SelectMany(i => task.Requests(i, options)).ToArray();
        var expected = prompt.GetProperty("requests").EnumerateArray().ToArray();
        yield return CheckResult.Equal($"{name}.count", expected.Length, actual.Length);
        foreach (var (i, (want, got)) in expected.Zip(actual).Index())
        {
            yield return CheckResult.Equal($"{name}[{i}].place", (want.Int("doc"), want.Int("index")), (got.Document, got.Index));
            var args = want.GetProperty("args");
            yield return got.Kind switch
            {
                Evaluation.RequestKind.LogLikelihoodRolling => Same($"{name}[{i}].text", args[0], JsonValue.Create(got.Continuation)),
                _ => Same($"{name}[{i}].context", args[0], JsonValue.Create(got.Context)),
            };
            if (got.Kind == Evaluation.RequestKind.LogLikelihood) yield return Same($"{name}[{i}].continuation", args[1], JsonValue.Create(got.Continuation));
            if (got.Kind == Evaluation.RequestKind.GenerateUntil) yield return Same($"{name}[{i}].settings", args[1], got.Generation!.Raw);
        }
    }

    private static CheckResult Same(string name, JsonElement expected, JsonNode? actual) => CheckResult.Exact(
        name,
        JsonNode.DeepEquals(JsonNode.Parse(expected.GetRawText()), actual),
        $"expected {expected.GetRawText()}, got {actual?.ToJsonString(_readable) ?? "null"}");

    /// <summary>The markup of the cases.</summary>
    private static string Format(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        var closed = string.Concat(messages.Take(addGenerationPrompt ? messages.Count : messages.Count - 1)
            .Select(message => $"<|{message.Role}|>\n{message.Content}<|end|>\n"));
        return addGenerationPrompt ? closed + "<|assistant|>\n" : closed + $"<|{messages[^1].Role}|>\n{messages[^1].Content}";
    }
}
