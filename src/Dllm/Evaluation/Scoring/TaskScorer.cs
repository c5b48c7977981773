using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Scoring;

/// <summary>A document's score under one filter.</summary>
/// <param name="Filtered">The answers that were scored, one a request; empty for likelihoods.</param>
/// <param name="Values">By metric, its value; perplexities are sums and sizes until they are aggregated.</param>
public sealed record DocumentScore(IReadOnlyList<string> Filtered, IReadOnlyDictionary<string, MetricValue> Values);

/// <summary>A metric's value for a document.</summary>
/// <param name="Value">The value, or a log-likelihood.</param>
/// <param name="Size">What a log-likelihood is shared out over: words or bytes; else 1.</param>
public readonly record struct MetricValue(double Value, double Size = 1);

/// <summary>Scores a task's answers as the harness does: filters, metrics, aggregations, standard errors.</summary>
/// <param name="scoring">What the task says about it.</param>
public sealed class TaskScorer(TaskScoring scoring)
{
    private static readonly string[] _known =
        ["acc", "acc_norm", "exact_match", "perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte"];

    /// <summary>
    /// What of the task is computed by a hook that this scorer lacks: <c>process_results</c>, a filter of the task's own, or a metric; null if
    /// there is none.
    /// </summary>
    public string? MissingHook => scoring.ProcessResults
        ?? scoring.Filters.SelectMany(filter => filter.Steps).FirstOrDefault(step => !AnswerFilter.Exists(step.Function))?.Function
        ?? scoring.Metrics.FirstOrDefault(metric => !_known.Contains(metric.Metric))?.Metric;

    /// <summary>Scores a document by the likelihoods of its requests: its choices, or its target.</summary>
    public DocumentScore Score(ScoredDocument document, IReadOnlyList<LikelihoodAnswer> answers)
    {
        var values = scoring.Output switch
        {
            OutputType.MultipleChoice => Choices(document, answers),
            OutputType.LogLikelihoodRolling => Rolling(document.Target?.ToString() ?? "", answers[0].LogLikelihood),
            _ => new()
            {
                ["perplexity"] = new(answers[0].LogLikelihood),
                ["acc"] = new(answers[0].IsGreedy ? 1 : 0),
            },
        };
        return new([], Wanted(values));
    }

    /// <summary>Scores a document by the texts that were generated for it, under one filter.</summary>
    /// <param name="document">The document.</param>
    /// <param name="answers">The answers, one a repeat.</param>
    /// <param name="filter">One of the task's filters.</param>
    public DocumentScore Score(ScoredDocument document, IReadOnlyList<TextAnswer> answers, FilterDefinition filter)
    {
        var filtered = AnswerFilter.Apply(filter, [.. answers.Select(answer => answer.Text)], document.Document);
        var values = scoring.Metrics.Where(metric => metric.Metric == "exact_match")
            .ToDictionary(metric => metric.Metric, metric => new MetricValue(Matches(document, filtered, metric) ? 1 : 0));
        return new(filtered, values);
    }

    /// <summary>A metric over all documents, as its aggregation says; the mean unless it says otherwise.</summary>
    /// <exception cref="DllmException">The aggregation is unknown.</exception>
    public static double Aggregate(MetricDefinition metric, IReadOnlyList<MetricValue> values)
    {
        double Weighted() => values.Sum(value => value.Value) / values.Sum(value => value.Size);
        return (metric.Aggregation ?? DefaultAggregation(metric.Metric)) switch
        {
            "mean" => values.Average(value => value.Value),
            "perplexity" => Math.Exp(-values.Average(value => value.Value)),
            "weighted_perplexity" => Math.Exp(-Weighted()),
            "bits_per_byte" => -Weighted() / Math.Log(2),
            "median" => values.Select(value => value.Value).Order().ElementAt(values.Count / 2),
            var other => throw new DllmException($"the aggregation '{other}' of {metric.Metric} is unknown", "use mean, median, perplexity, weighted_perplexity or bits_per_byte"),
        };
    }

    /// <summary>The standard error of a mean: of the sample's deviation; NaN below two documents.</summary>
    public static double StandardErrorOfMean(IReadOnlyList<MetricValue> values)
    {
        if (values.Count < 2) return double.NaN;
        double mean = values.Average(value => value.Value);
        return Math.Sqrt(values.Sum(value => (value.Value - mean) * (value.Value - mean)) / (values.Count - 1) / values.Count);
    }

    private static string DefaultAggregation(string metric) => metric switch
    {
        "perplexity" => "perplexity",
        "word_perplexity" or "byte_perplexity" => "weighted_perplexity",
        "bits_per_byte" => "bits_per_byte",
        _ => "mean",
    };

    private static Dictionary<string, MetricValue> Choices(ScoredDocument document, IReadOnlyList<LikelihoodAnswer> answers)
    {
        int[] gold = Gold(document);
        int best = Best(answers.Select(answer => answer.LogLikelihood));
        int normalised = Best(answers.Select((answer, i) => answer.LogLikelihood / document.Choices[i].EnumerateRunes().Count()));
        return new()
        {
            ["acc"] = new(gold.Contains(best) ? 1 : 0),
            ["acc_norm"] = new(gold.Contains(normalised) ? 1 : 0),
            ["exact_match"] = new(gold.Any(i => i >= 0 && i < answers.Count && answers[i].IsGreedy) ? 1 : 0),
        };
    }

    private static Dictionary<string, MetricValue> Rolling(string text, double logLikelihood)
    {
        double words = System.Text.RegularExpressions.Regex.Split(text, @"\s+").Length;
        double bytes = System.Text.Encoding.UTF8.GetByteCount(text);
        return new()
        {
            ["word_perplexity"] = new(logLikelihood, words),
            ["byte_perplexity"] = new(logLikelihood, bytes),
            ["bits_per_byte"] = new(logLikelihood, bytes),
        };
    }

    // The right choices by number: the target is a number, a choice's text, or a list of them.
    private static int[] Gold(ScoredDocument document) => document.Target switch
    {
        JsonArray list => [.. list.Select(item => Number(item, document.Choices))],
        var target => [Number(target, document.Choices)],
    };

    private static int Number(JsonNode? target, IReadOnlyList<string> choices) =>
        Whole(target) ?? choices.ToList().IndexOf(target?.ToString() ?? "");

    private static int? Whole(JsonNode? target) => target?.GetValueKind() == System.Text.Json.JsonValueKind.Number
        && int.TryParse(target.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out int number) ? number : null;

    // The first of the highest, as NumPy's argmax.
    private static int Best(IEnumerable<double> scores) => scores.Index().MaxBy(pair => pair.Item).Index;

    private static bool Matches(ScoredDocument document, IReadOnlyList<string> filtered, MetricDefinition metric)
    {
        if (filtered.Count == 0) return false;
        var simplify = new TextSimplification(metric.Arguments);
        string answer = simplify.Apply(filtered[0]);
        var targets = document.Target as IEnumerable<JsonNode?> ?? Enumerable.Repeat(document.Target, 1);
        return targets.Any(target => simplify.Apply(Text(target, document.Choices)) == answer);
    }

    private static string Text(JsonNode? target, IReadOnlyList<string> choices) =>
        Whole(target) is int number && number >= 0 && number < choices.Count ? choices[number] : target?.ToString() ?? "";

    private Dictionary<string, MetricValue> Wanted(Dictionary<string, MetricValue> values) =>
        scoring.Metrics.Where(metric => values.ContainsKey(metric.Metric)).ToDictionary(metric => metric.Metric, metric => values[metric.Metric]);
}
