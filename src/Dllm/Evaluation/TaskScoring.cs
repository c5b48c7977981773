using System.Text.Json.Nodes;

namespace Dllm.Evaluation;

/// <summary>A task's <c>output_type</c>.</summary>
public enum OutputType
{
    /// <summary>Likelihood of one continuation: the target.</summary>
    LogLikelihood,

    /// <summary>Likelihood of a whole document: perplexity.</summary>
    LogLikelihoodRolling,

    /// <summary>Likelihood of each choice; the highest is the answer.</summary>
    MultipleChoice,

    /// <summary>Free text.</summary>
    GenerateUntil,
}

/// <summary>
/// What a task says about scoring, read from its YAML file: everything after the model's answers. Prompts, documents and few-shot
/// examples are <c>EvalTask</c>'s.
/// </summary>
/// <param name="Name">The task's name (<c>task</c>).</param>
/// <param name="Output">Its <c>output_type</c>.</param>
/// <param name="Filters">Its <c>filter_list</c>, in order; one filter <c>none</c> that takes the first answer when it has none.</param>
/// <param name="Metrics">Its <c>metric_list</c>, in order; the defaults of its output type when it has none.</param>
/// <param name="ProcessResults">The name of its <c>process_results</c> hook, or null.</param>
/// <param name="Repeats">How often every request is asked, at least 1.</param>
/// <param name="Version">Its <c>metadata.version</c>, or null.</param>
public sealed record TaskScoring(
    string Name,
    OutputType Output,
    IReadOnlyList<FilterDefinition> Filters,
    IReadOnlyList<MetricDefinition> Metrics,
    string? ProcessResults,
    int Repeats,
    string? Version);

/// <summary>One named filter: steps that turn a document's raw answers into what is scored.</summary>
public sealed record FilterDefinition(string Name, IReadOnlyList<FilterStep> Steps);

/// <summary>One step of a filter: its <c>function</c> (or the name of a hook) and its other keys.</summary>
public sealed record FilterStep(string Function, JsonObject Arguments);

/// <summary>One metric: its name (or a hook's), its <c>aggregation</c>, whether more is better, and its other keys.</summary>
public sealed record MetricDefinition(string Metric, string? Aggregation, bool? HigherIsBetter, JsonObject Arguments);

/// <summary>What scoring may know about a document besides the answers.</summary>
/// <param name="Document">The document after <c>process_docs</c>.</param>
/// <param name="Target">What <c>doc_to_target</c> gives: text, an index, or a list.</param>
/// <param name="Choices">What <c>doc_to_choice</c> gives; empty when the task has none.</param>
public sealed record ScoredDocument(JsonObject Document, JsonNode? Target, IReadOnlyList<string> Choices);
