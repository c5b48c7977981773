using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// A task with its documents: gives the requests that the evaluation harness would send for each. Immutable apart from a cache of draws;
/// one instance serves any number of threads.
/// </summary>
public sealed class EvalTask
{
    private readonly IReadOnlyList<JsonObject> _documents;
    private readonly DocumentReader _reader;
    private readonly PromptBuilder _prompts;
    private readonly ReleasePrompts _releasePrompts;
    private readonly bool _choicesAreInputs;
    private readonly bool _readsGreedy;
    private readonly string? _place; // where the documents lie

    /// <summary>A task on given documents.</summary>
    /// <param name="definition">The task.</param>
    /// <param name="documents">The documents to ask about, after <c>process_docs</c>.</param>
    /// <param name="pool">The documents to draw examples from, after <c>process_docs</c>.</param>
    /// <exception cref="DllmException">There is no document, or the first does not fit the task.</exception>
    public EvalTask(TaskDefinition definition, IReadOnlyList<JsonObject> documents, IReadOnlyList<JsonObject> pool)
        : this(definition, documents, pool, null)
    {
    }

    private EvalTask(TaskDefinition definition, IReadOnlyList<JsonObject> documents, IReadOnlyList<JsonObject> pool, string? place)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(pool);
        if (documents.Count == 0) throw new DllmException($"the task {definition.Name} has no documents", "check its split and its data");
        Definition = definition;
        _documents = documents;
        _place = place;
        _reader = new DocumentReader(documents[0].Select(pair => pair.Key).ToHashSet(), definition.Choices is not null);
        _readsGreedy = definition.Scoring.Output == OutputType.MultipleChoice
            ? definition.Scoring.Metrics.Any(metric => metric.Metric == "exact_match")
            : definition.Scoring.ProcessResults is not null || definition.Scoring.Metrics.Any(metric => metric.Metric == "acc");
        _choicesAreInputs = definition.Choices is not null && DocumentReader.IsNumber(At(0, () => _reader.Text(definition.Text, documents[0])));

        // As in the harness: two splits that are both not given count as the same one.
        var sampler = new FewshotSampler(definition.Fewshot, pool, definition.Fewshot.Split == definition.TestSplit, definition.IsRelease0491);
        _prompts = new PromptBuilder(definition, _reader, sampler, _choicesAreInputs);
        _releasePrompts = new ReleasePrompts(definition, _reader, sampler);
    }

    /// <summary>A task on the documents of its data set.</summary>
    /// <param name="definition">The task.</param>
    /// <param name="data">Where its documents come from.</param>
    /// <param name="needsExamples">Whether examples are needed: where they are not, the split of examples is not read.</param>
    /// <exception cref="DllmException">The task names no split to evaluate, or its data cannot be read.</exception>
    public static EvalTask Load(TaskDefinition definition, ITaskData data, bool needsExamples = true)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(data);
        var split = definition.TestSplit ?? definition.ValidationSplit ?? throw new DllmException(
            $"the task {definition.Name} names neither test_split nor validation_split", "name the split to evaluate");
        var source = new TaskDocuments(definition, data);
        if (definition.DescriptionSplit is { } described && definition.Description is null) definition = Described(definition, source.Read(described, null)[0]);
        var pool = needsExamples ? Pool(definition, source, split) : [];
        var documents = source.Read(split, definition.ProcessDocuments);
        if (definition.PromptsSplit is { } prompts) documents = WithPrompts(documents, source.Read(prompts, null));
        return new EvalTask(definition, documents, pool, source.Place(split));
    }

    /// <summary>Documents with the rows that stand in every prompt (<see cref="TaskDefinition.PromptsSplit"/>).</summary>
    internal static IReadOnlyList<JsonObject> WithPrompts(IReadOnlyList<JsonObject> documents, IEnumerable<JsonObject> prompts) =>
        [.. documents.Select(row => row.With(("prompts", new JsonArray([.. prompts.Select(prompt => prompt.DeepClone())]))))];

    /// <summary>The task's name.</summary>
    public string Name => Definition.Name;

    /// <summary>What its file says.</summary>
    public TaskDefinition Definition { get; }

    /// <summary>What its file says about scoring.</summary>
    public TaskScoring Scoring => Definition.Scoring;

    /// <summary>How many documents it asks about.</summary>
    public int DocumentCount => _documents.Count;

    /// <summary>The SHA-256 of all documents, in order, as compact JSON a line: the same data give the same hash.</summary>
    public string DataHash
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var row in _documents) hash.AppendData(Encoding.UTF8.GetBytes(row.ToJsonString() + "\n"));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>What scoring knows about a document.</summary>
    /// <exception cref="DllmException">The document lacks a column, or its answer key is out of range.</exception>
    public ScoredDocument Document(int document)
    {
        var row = _documents[document];
        return At(document, () =>
        {
            var choices = Definition.Choices is { } field ? _reader.Choices(field, row) : [];
            var target = _reader.Target(Definition.Target, row);
            if (_choicesAreInputs) target = _reader.Text(Definition.Text, row);
            // The harness counts a question whose answer is none of the choices as wrong, with a warning.
            if (Scoring is { Output: OutputType.MultipleChoice, ProcessResults: null })
                foreach (var key in AnswerKey.Of(target)) _ = AnswerKey.Choice(key, choices);
            return new ScoredDocument(row, target, choices);
        });
    }

    /// <summary>A document's requests, in the harness's order; each <c>repeats</c> times.</summary>
    /// <param name="document">Its place, from 0.</param>
    /// <param name="options">How the prompt is put together.</param>
    /// <exception cref="DllmException">The document lacks a column, there are too few examples, or a template fails.</exception>
    public IReadOnlyList<EvalRequest> Requests(int document, PromptOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var row = _documents[document];
        var requests = At(document, () => Scoring.Output switch
        {
            OutputType.MultipleChoice => Choices(row, document, options),
            OutputType.LogLikelihood => [Request(RequestKind.LogLikelihood, Context(row, document, options), Target(row))],
            OutputType.LogLikelihoodRolling => [Request(RequestKind.LogLikelihoodRolling, new PromptText(""), Target(row))],
            _ => [Request(RequestKind.GenerateUntil, Context(row, document, options), "")],
        });
        if (!_readsGreedy) requests = [.. requests.Select(request => request with { AsksGreedy = false })];
        return Scoring.Repeats == 1
            ? requests
            : [.. requests.SelectMany(request => Enumerable.Range(0, Scoring.Repeats).Select(i => request with { Repeat = i }))];

        EvalRequest Request(RequestKind kind, PromptText context, string continuation) =>
            new(Name, document, 0, kind, context.Text, continuation, kind == RequestKind.GenerateUntil ? Definition.Generation : null)
            {
                Literal = context.Literal,
                Infill = Definition.Fields.Infill is { } gap
                    ? new InfillSpan(DocumentReader.Str(_reader.Text(gap.Suffix, row)), DocumentReader.Str(_reader.Text(gap.Original, row)))
                    : null,
            };
    }

    /// <summary>How many examples a prompt shows under these options.</summary>
    public int Shots(PromptOptions options) => Definition.NumFewshot == 0 ? 0 : options.NumFewshot ?? Definition.NumFewshot ?? 0;

    private IReadOnlyList<EvalRequest> Choices(JsonObject row, int document, PromptOptions options)
    {
        var delimiter = Definition.IsRelease0491 ? ReleasePrompts.ChoiceDelimiter(Definition, options) : _prompts.ChoiceDelimiter(options);
        var contexts = Contexts(row, document, options);
        var pairs = _choicesAreInputs
            ? contexts.Select(context => (Context: context, Continuation: delimiter + Target(row)))
            : _reader.Choices(Definition.Choices!, row).Select(choice => (Context: contexts[0], Continuation: delimiter + choice));
        if (Scoring.Metrics.Any(metric => metric.Metric == "acc_mutual_info"))
            pairs = [.. pairs, .. _reader.Choices(Definition.Choices!, row).Select(choice => (new PromptText(""), delimiter + choice))];
        return [.. pairs.Select((pair, i) => new EvalRequest(Name, document, i, RequestKind.LogLikelihood, pair.Context.Text, pair.Continuation, null)
        {
            Literal = pair.Context.Literal,
        })];
    }

    private PromptText Context(JsonObject row, int document, PromptOptions options) => Contexts(row, document, options)[0];

    private IReadOnlyList<PromptText> Contexts(JsonObject row, int document, PromptOptions options) => Definition.IsRelease0491 && !_choicesAreInputs
        ? [_releasePrompts.Context(row, document, Shots(options), options)]
        : _prompts.Contexts(row, document, Shots(options), options);

    // The text whose likelihood is asked.
    private string Target(JsonObject row)
    {
        var target = _reader.Target(Definition.Target, row);
        return target is JsonArray
            ? throw new DllmException($"{Definition.Target.Key} gives the list {target.ToJsonString()}, and a likelihood is asked of one text", "take one of them: {{field[0]}}")
            : DocumentReader.Str(target);
    }

    private static TaskDefinition Described(TaskDefinition definition, JsonObject row) => row["instruction"] is JsonValue text
        ? definition.WithSettings(new JsonObject { ["description"] = text + "\n\n" })
        : throw new DllmException(
            $"the split '{definition.DescriptionSplit}' of the task {definition.Name} has no text in the column 'instruction'",
            $"its columns are {string.Join(", ", row.Select(pair => pair.Key))}");

    private static IReadOnlyList<JsonObject> Pool(TaskDefinition definition, TaskDocuments source, string evaluated)
    {
        var fewshot = definition.Fewshot;
        if (fewshot.Split is null && fewshot.Samples is { } samples) return samples();
        return fewshot.Split is { } split
            ? source.Read(split, fewshot.ProcessDocuments)
            : source.Read(definition.TrainingSplit ?? definition.ValidationSplit ?? evaluated, definition.ProcessDocuments);
    }

    /// <summary>Adds the task and the document to what goes wrong with it.</summary>
    private T At<T>(int document, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DllmException e)
        {
            throw new DllmException($"the task {Name}, document {document}{(_place is null ? "" : $" of {_place}")}: {e.Message}", innerException: e);
        }
    }
}
