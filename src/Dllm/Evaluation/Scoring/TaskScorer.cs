using Dllm.Evaluation.Execution;
using Dllm.Evaluation.Functions;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Scoring;

/// <summary>A document's score under one filter.</summary>
/// <param name="Filtered">The answers that were scored; empty for likelihoods.</param>
/// <param name="Values">By metric, its value; perplexities are sums and sizes until they are aggregated.</param>
public sealed record DocumentScore(IReadOnlyList<string> Filtered, IReadOnlyDictionary<string, MetricValue> Values);

/// <summary>A metric's value for a document.</summary>
/// <param name="Value">The value, a log-likelihood, a sum over a list, or a right class.</param>
/// <param name="Size">What the value is shared out over (words, bytes, a list's length) or a predicted class; else 1.</param>
public readonly record struct MetricValue(double Value, double Size = 1);

/// <summary>Scores a task's answers as the harness does: filters, metrics, and the task's own functions.</summary>
/// <param name="scoring">What the task says about it.</param>
/// <param name="executor">Runs programs; null where the task needs none.</param>
public sealed class TaskScorer(TaskScoring scoring, ICodeExecutor? executor = null)
{
    private const string Bypass = "bypass"; // answers that are only kept, not judged

    private static readonly string[] _likelihood = ["perplexity", "acc"];
    private static readonly string[] _rolling = ["word_perplexity", "byte_perplexity", "bits_per_byte"];
    private static readonly string[] _text = ["exact_match", Bypass];
    private static readonly string[] _lowerIsBetter = ["perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte", "brier_score"];
    private static readonly PythonRegex _space = new(@"\s+");

    /// <summary>Checks that all that the task is scored by is there, before a model is asked.</summary>
    /// <exception cref="DllmException">A function, a filter, a metric or an aggregation is unknown.</exception>
    public void Check() => Check((_, check) => check());

    /// <summary>As <see cref="Check()"/>, with the place in the task's file where what is missing stands.</summary>
    internal void Check(TaskYaml file) => Check(file.At);

    private void Check(Action<string, Action> at)
    {
        at("filter_list", () =>
        {
            foreach (var step in scoring.Filters.SelectMany(filter => filter.Steps)) AnswerFilter.Check(scoring, step);
        });
        at("process_results", () =>
        {
            if (scoring.ProcessResults is { } results && !HasResults(results)) throw Missing("process_results", results, EvalFunctions.ScoringNames);
        });
        at("metric_list", () =>
        {
            if (scoring.ProcessResults is null
                && scoring.Metrics.FirstOrDefault(metric => !Known.Contains(metric.Metric) && EvalFunctions.Metric(metric.Metric) is null) is { } unknown)
                throw Missing("metric", unknown.Metric, [.. Known, .. EvalFunctions.ScoringNames]);
            foreach (var metric in scoring.Metrics) MetricAggregation.For(metric);
        });
    }

    private bool HasResults(string function) => scoring.Output == OutputType.GenerateUntil
        ? EvalFunctions.Results(function) is not null
        : EvalFunctions.LikelihoodResults(function) is not null;

    /// <summary>Scores a document by the likelihoods of its requests: its choices, or its target.</summary>
    /// <exception cref="DllmException">The document lacks what the task's function reads.</exception>
    public DocumentScore Score(ScoredDocument document, IReadOnlyList<LikelihoodAnswer> answers)
    {
        if (scoring.ProcessResults is { } name)
        {
            var function = EvalFunctions.LikelihoodResults(name) ?? throw Missing("process_results", name, EvalFunctions.ScoringNames);
            return new([], function(document, answers));
        }

        var values = scoring.Output switch
        {
            OutputType.MultipleChoice => ChoiceMetrics.Of(
                document, answers, scoring.Metrics.Any(metric => metric.Metric == ChoiceMetrics.MutualInformation)),
            OutputType.LogLikelihoodRolling => Rolling(document.Target?.ToString() ?? "", answers[0].LogLikelihood),
            _ => new()
            {
                ["perplexity"] = new(answers[0].LogLikelihood),
                ["acc"] = new(answers[0].IsGreedy ? 1 : 0),
            },
        };
        return new([], scoring.Metrics.Where(metric => values.ContainsKey(metric.Metric)).ToDictionary(metric => metric.Metric, metric => values[metric.Metric]));
    }

    /// <summary>Scores a document by the texts that were generated for it, under one filter.</summary>
    /// <param name="document">The document.</param>
    /// <param name="answers">The answers, one a repeat.</param>
    /// <param name="filter">One of the task's filters.</param>
    /// <exception cref="DllmException">The document lacks what the task's function reads, or a program cannot be run.</exception>
    public DocumentScore Score(ScoredDocument document, IReadOnlyList<TextAnswer> answers, FilterDefinition filter)
    {
        var filtered = AnswerFilter.Apply(filter, [.. answers.Select(answer => answer.Text)], document.Document);
        if (scoring.ProcessResults is { } name)
        {
            var function = EvalFunctions.Results(name) ?? throw Missing("process_results", name, EvalFunctions.ScoringNames);
            return new(filtered, function(document, filtered));
        }

        var values = new Dictionary<string, MetricValue>();
        foreach (var metric in scoring.Metrics)
        {
            if (metric.Metric == "exact_match") values[metric.Metric] = new(Match(document, filtered, metric));
            else if (metric.Metric == Bypass) values[metric.Metric] = new(double.NaN);
            else if (EvalFunctions.Metric(metric.Metric) is { } function)
                foreach (var (key, value) in function(References(document), filtered, metric, executor)) values[key] = new(value);
        }

        return new(filtered, values);
    }

    /// <summary>
    /// The metric that a document's value belongs to, with whether more is better. A function of the task's own may name its values itself:
    /// those of a metric are aggregated as it is, others by their mean.
    /// </summary>
    public MetricDefinition MetricOf(string value)
    {
        var metric = scoring.Metrics.FirstOrDefault(metric => metric.Metric == value)
            ?? scoring.Metrics.FirstOrDefault(metric => EvalFunctions.Metric(metric.Metric) is not null)
            ?? new MetricDefinition(value, "mean", null, []);
        bool? usual = _lowerIsBetter.Contains(metric.Metric) ? false : Known.Contains(metric.Metric) ? true : null;
        return metric with { HigherIsBetter = metric.HigherIsBetter ?? usual };
    }

    private IReadOnlyList<string> Known => scoring.Output switch
    {
        OutputType.MultipleChoice => ChoiceMetrics.Names,
        OutputType.LogLikelihood => _likelihood,
        OutputType.LogLikelihoodRolling => _rolling,
        _ => _text,
    };

    private DllmException Missing(string key, string name, IEnumerable<string> names)
    {
        bool isPython = name.Contains('.'); // a function's name has its module's
        return new(
            $"the task {scoring.Name} needs '{name}' for its {key}, which dLLM does not have",
            NearestName.Of(name, names) is { } near ? $"is '{near}' meant?"
            : isPython ? "Python code of tasks is not run: choose another task"
            : $"for the output_type of the task there are {string.Join(", ", Known)}");
    }

    private static Dictionary<string, MetricValue> Rolling(string text, double logLikelihood)
    {
        double words = _space.FindAll(text).Count + 1;
        double bytes = System.Text.Encoding.UTF8.GetByteCount(text);
        return new()
        {
            ["word_perplexity"] = new(logLikelihood, words),
            ["byte_perplexity"] = new(logLikelihood, bytes),
            ["bits_per_byte"] = new(logLikelihood, bytes),
        };
    }

    // The share of the answers that the filter left which equal the target; of several targets one that any answer equals will do.
    private static double Match(ScoredDocument document, IReadOnlyList<string> filtered, MetricDefinition metric)
    {
        if (filtered.Count == 0) return 0;
        var simplify = new TextSimplification(metric.Arguments);
        string[] targets = [.. References(document).Select(simplify.Apply)];
        string[] answers = [.. filtered.Select(simplify.Apply)];
        return targets is [var target] ? answers.Count(answer => answer == target) / (double)answers.Length : targets.Intersect(answers).Any() ? 1 : 0;
    }

    private static IReadOnlyList<string> References(ScoredDocument document) =>
        [.. AnswerKey.Of(document.Target).Select(key => AnswerKey.Text(key, document.Choices))];
}
