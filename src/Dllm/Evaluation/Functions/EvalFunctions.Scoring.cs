using System.Text.Json.Nodes;
using Dllm.Evaluation.Execution;
using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Functions;

/// <summary>Scores the answers to a document (<c>process_results</c> of a task in text): by metric its value.</summary>
public delegate IReadOnlyDictionary<string, MetricValue> ResultsFunction(ScoredDocument document, IReadOnlyList<string> answers);

/// <summary>Scores the likelihoods of a document's requests (<c>process_results</c> of a task of likelihoods).</summary>
public delegate IReadOnlyDictionary<string, MetricValue> LikelihoodResultsFunction(ScoredDocument document, IReadOnlyList<LikelihoodAnswer> answers);

/// <summary>Turns the answers to a document's request into others (a filter's <c>filter_fn</c>).</summary>
public delegate IReadOnlyList<string> FilterFunction(IReadOnlyList<string> answers, JsonObject document);

/// <summary>A kind of filter of a task's own (a step whose <c>function</c> is a hook): makes the filter of the step's keys.</summary>
public delegate FilterFunction FilterStepFunction(FilterStep step);

/// <summary>
/// A metric of a task's own (<c>metric: !function</c>): of answers (a sample each) against what they are to meet; by name, as one function may
/// give several (<c>pass@1</c>, <c>pass@10</c>).
/// </summary>
public delegate IReadOnlyDictionary<string, double> MetricFunction(
    IReadOnlyList<string> references, IReadOnlyList<string> predictions, MetricDefinition metric, ICodeExecutor? executor);

/// <summary>An aggregation of a task's own over all documents.</summary>
public delegate double AggregationFunction(IReadOnlyList<MetricValue> values);

/// <content>What scores: the tables for everything behind the model's answers.</content>
public static partial class EvalFunctions
{
    private static readonly IReadOnlyDictionary<string, ResultsFunction> _results = Table<ResultsFunction>(
        PlanningFunctions.Results, MathFunctions.Results, IfevalFunctions.Results, Gsm8kFunctions.Results);

    private static readonly IReadOnlyDictionary<string, LikelihoodResultsFunction> _likelihoodResults =
        Table<LikelihoodResultsFunction>(TruthfulqaFunctions.LikelihoodResults);

    private static readonly IReadOnlyDictionary<string, FilterFunction> _filters = Table<FilterFunction>(
        CodeFunctions.Filters, LladaFunctions.Filters);

    private static readonly IReadOnlyDictionary<string, MetricFunction> _metrics = Table<MetricFunction>(CodeFunctions.Metrics);

    private static readonly IReadOnlyDictionary<string, FilterStepFunction> _filterSteps = Table<FilterStepFunction>(BbhFunctions.FilterSteps);

    private static readonly IReadOnlyDictionary<string, AggregationFunction> _aggregations = Table<AggregationFunction>(
        IfevalFunctions.Aggregations, F1Functions.Aggregations);

    /// <summary>The function for <c>process_results</c> of a task in text, or null.</summary>
    public static ResultsFunction? Results(string name) => _results.GetValueOrDefault(name);

    /// <summary>The function for <c>process_results</c> of a task of likelihoods, or null.</summary>
    public static LikelihoodResultsFunction? LikelihoodResults(string name) => _likelihoodResults.GetValueOrDefault(name);

    /// <summary>The function of a filter, or null.</summary>
    public static FilterFunction? Filter(string name) => _filters.GetValueOrDefault(name);

    /// <summary>The kind of filter of this name, or null.</summary>
    public static FilterStepFunction? FilterStep(string name) => _filterSteps.GetValueOrDefault(name);

    /// <summary>The function of a metric, or null.</summary>
    public static MetricFunction? Metric(string name) => _metrics.GetValueOrDefault(name);

    /// <summary>The function of an aggregation, or null.</summary>
    public static AggregationFunction? Aggregation(string name) => _aggregations.GetValueOrDefault(name);

    /// <summary>The names of all functions that score.</summary>
    public static IEnumerable<string> ScoringNames =>
        [.. _results.Keys, .. _likelihoodResults.Keys, .. _filters.Keys, .. _filterSteps.Keys, .. _metrics.Keys, .. _aggregations.Keys];
}
