using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>What a task's file says about documents and prompts, with <c>include</c>s merged; scoring is <see cref="Scoring"/>.</summary>
public sealed record TaskDefinition
{
    internal TaskDefinition(TaskYaml file, TaskFields fields) => (File, Fields) = (file, fields);

    /// <summary>What the file says about scoring.</summary>
    public required TaskScoring Scoring { get; init; }

    /// <summary>The task's name.</summary>
    public string Name => Scoring.Name;

    /// <summary>The name that a table shows (<c>task_alias</c>), or null.</summary>
    public string? Alias { get; init; }

    /// <summary>The data set.</summary>
    public required string DatasetPath { get; init; }

    /// <summary>The data set's configuration, or null.</summary>
    public string? DatasetName { get; init; }

    /// <summary>Further settings of the data set (<c>dataset_kwargs</c>).</summary>
    public JsonObject DatasetOptions { get; init; } = [];

    /// <summary>The split of training documents, or null.</summary>
    public string? TrainingSplit { get; init; }

    /// <summary>The split evaluated when there is no test split, or null.</summary>
    public string? ValidationSplit { get; init; }

    /// <summary>The split evaluated, or null.</summary>
    public string? TestSplit { get; init; }

    /// <summary>Text before everything else: a template, or the name of a column; null when there is none.</summary>
    public string? Description { get; init; }

    /// <summary>The split that has the description as data (<c>dllm_description_split</c>), or null.</summary>
    public string? DescriptionSplit { get; init; }

    /// <summary>The split whose rows every document has in its column <c>prompts</c> (<c>dllm_prompts_split</c>), or null.</summary>
    public string? PromptsSplit { get; init; }

    /// <summary>Text between prompt and answer.</summary>
    public string TargetDelimiter { get; init; } = " ";

    /// <summary>Text after an example.</summary>
    public string FewshotDelimiter { get; init; } = "\n\n";

    /// <summary>How the answer begins (<c>gen_prefix</c>): a template or the name of a column; null when it is free.</summary>
    public string? GenerationPrefix { get; init; }

    /// <summary>Examples per prompt; null when the file says nothing (none then).</summary>
    public int? NumFewshot { get; init; }

    /// <summary>How answers are generated; null unless the task generates.</summary>
    public GenerationSettings? Generation { get; init; }

    /// <summary>Whether the task runs programs that the model writes (<c>unsafe_code</c>).</summary>
    public bool RunsCode { get; init; }

    /// <summary>The whole file as JSON, includes merged: what a report shows and hashes.</summary>
    public JsonObject Raw => File.Values;

    /// <summary>
    /// Whether prompts are those of the harness's release 0.4.9.1, which many published numbers used, rather than of its main branch:
    /// there the beginning of an answer always follows the target delimiter, and examples in one message are drawn twice.
    /// </summary>
    public bool IsRelease0491 { get; private init; }

    /// <summary>The task with the prompts of the harness's release 0.4.9.1.</summary>
    public TaskDefinition ForRelease0491() =>
        TaskDefinitionReader.Read(File, asRelease0491: true) with { IsRelease0491 = true };

    /// <summary>The task with other settings: keys of its file and their values.</summary>
    /// <exception cref="DllmException">A key is not known or its value does not fit.</exception>
    public TaskDefinition WithSettings(JsonObject settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var values = Raw.DeepClone().AsObject();
        foreach (var (key, value) in settings) values[key] = value?.DeepClone();
        return TaskDefinitionReader.Read(File with { Values = values }, IsRelease0491) with { IsRelease0491 = IsRelease0491 };
    }

    internal TaskYaml File { get; }

    /// <summary>How documents are read.</summary>
    internal TaskFields Fields { get; init; }

    internal Functions.DocumentsFunction? ProcessDocuments => Fields.ProcessDocuments;

    internal Field Text => Fields.Text;

    /// <summary>Whether answers fill gaps (<c>dllm_infill</c>).</summary>
    public bool IsInfilling => Fields.Infill is not null;

    internal Field Target => Fields.Target;

    internal Field? Choices => Fields.Choices;

    internal FewshotDefinition Fewshot => Fields.Fewshot;
}

/// <summary>What a task makes of its documents.</summary>
/// <param name="ProcessDocuments">Prepares documents; the rows themselves when null.</param>
/// <param name="Text">The prompt.</param>
/// <param name="Target">The answer.</param>
/// <param name="Choices">The choices, or null.</param>
/// <param name="Fewshot">How examples are written.</param>
internal sealed record TaskFields(
    Functions.DocumentsFunction? ProcessDocuments, Field Text, Field Target, Field? Choices, FewshotDefinition Fewshot)
{
    /// <summary>What stands behind the gap of a task of infilling, and what stood in it; null for others.</summary>
    public (Field Suffix, Field Original)? Infill { get; init; }
}

/// <summary>A task's <c>fewshot_config</c>: what differs for examples, already filled up from the task.</summary>
internal sealed record FewshotDefinition
{
    /// <summary>Whether the first documents are taken in order (<c>first_n</c>) rather than drawn.</summary>
    public bool TakesFirst { get; init; }

    /// <summary>The split of examples; null for the rule of the harness (training, validation, test).</summary>
    public string? Split { get; init; }

    /// <summary>Which documents of the split may be drawn; all when null.</summary>
    public IReadOnlyList<int>? Indices { get; init; }

    /// <summary>Examples given in the file or by its hook; null when they come from a split.</summary>
    public Func<IReadOnlyList<JsonObject>>? Samples { get; init; }

    public Functions.DocumentsFunction? ProcessDocuments { get; init; }

    public required Field Text { get; init; }

    public required Field Target { get; init; }

    public Field? Choices { get; init; }

    public string? GenerationPrefix { get; init; }

    public string TargetDelimiter { get; init; } = " ";

    public string Delimiter { get; init; } = "\n\n";
}
