using Dllm.Evaluation.Functions;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Scoring;

/// <summary>A way from documents' values to one, with its standard error: the table of the harness's aggregations.</summary>
/// <param name="Name">Its name in task files.</param>
/// <param name="Of">The aggregate of at least one value.</param>
/// <param name="Error">Whether and how a standard error is found.</param>
public sealed record MetricAggregation(string Name, Func<IReadOnlyList<MetricValue>, double> Of, AggregationError Error)
{
    private const int Chunk = 1000; // replicates of one generator

    private static readonly MetricAggregation[] _table =
    [
        new("mean", values => values.Average(value => value.Value), AggregationError.OfMean),
        new("nanmean", NanMean, AggregationError.Bootstrapped),
        new("median", values => values.Select(value => value.Value).Order().ElementAt(values.Count / 2), AggregationError.Bootstrapped),
        new("perplexity", values => Math.Exp(-values.Average(value => value.Value)), AggregationError.Bootstrapped),
        new("weighted_perplexity", values => Math.Exp(-Shared(values)), AggregationError.None),
        new("bits_per_byte", values => -Shared(values) / Math.Log(2), AggregationError.None),
        new("f1", F1, AggregationError.Bootstrapped),
        new("matthews_corrcoef", Matthews, AggregationError.Bootstrapped),
        new("bypass", _ => 999, AggregationError.None), // the harness's mark of what was not judged
        new("brier_score", values => values.Average(value => value.Value), AggregationError.None),
    ];

    /// <summary>The names of all.</summary>
    public static IEnumerable<string> Names => _table.Select(entry => entry.Name);

    /// <summary>The aggregation of a metric: what the task says, else what is usual for the metric.</summary>
    /// <exception cref="DllmException">It is unknown.</exception>
    public static MetricAggregation For(MetricDefinition metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        string name = metric.Aggregation ?? Usual(metric.Metric);
        if (Array.Find(_table, entry => entry.Name == name) is { } known) return known;
        if (EvalFunctions.Aggregation(name) is { } function) return new MetricAggregation(name, values => function(values), AggregationError.None);
        throw new DllmException($"the aggregation '{name}' of {metric.Metric} is unknown", $"use one of {string.Join(", ", Names)}");
    }

    /// <summary>The mean of lists of unequal length taken as one: sums over sizes.</summary>
    public static double Shared(IReadOnlyList<MetricValue> values) => values.Sum(value => value.Value) / values.Sum(value => value.Size);

    /// <summary>The standard error; null where there is none.</summary>
    /// <param name="values">The values.</param>
    /// <param name="iterations">Replicates of a bootstrap; 0 turns errors off, as in the harness.</param>
    public double? StandardError(IReadOnlyList<MetricValue> values, int iterations)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (iterations < 1) return null;
        double error = Error switch
        {
            AggregationError.OfMean => Deviation([.. values.Select(value => value.Value)]) / Math.Sqrt(values.Count),
            AggregationError.Bootstrapped => Deviation(Replicates(values, iterations)),
            _ => double.NaN,
        };
        return double.IsNaN(error) ? null : error;
    }

    // As the harness: chunks of replicates, each with CPython's generator seeded by the chunk's number, each replicate drawn by choices().
    private double[] Replicates(IReadOnlyList<MetricValue> values, int iterations)
    {
        int chunk = Math.Min(Chunk, iterations);
        var replicates = new double[iterations / chunk * chunk];
        Parallel.For(0, iterations / chunk, number =>
        {
            var random = new PythonRandom(number);
            var drawn = new MetricValue[values.Count];
            for (int i = 0; i < chunk; i++)
            {
                for (int j = 0; j < drawn.Length; j++) drawn[j] = values[(int)(random.NextDouble() * values.Count)];
                replicates[(number * chunk) + i] = Of(drawn);
            }
        });
        return replicates;
    }

    // Of a sample; NaN below two values.
    private static double Deviation(double[] values)
    {
        if (values.Length < 2) return double.NaN;
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }

    private static string Usual(string metric) => metric switch
    {
        "perplexity" => "perplexity",
        "word_perplexity" or "byte_perplexity" => "weighted_perplexity",
        "bits_per_byte" => "bits_per_byte",
        "f1" => "f1",
        "mcc" => "matthews_corrcoef",
        "brier_score" or "bypass" => metric,
        _ => "mean",
    };

    private static double NanMean(IReadOnlyList<MetricValue> values) =>
        values.Where(value => !double.IsNaN(value.Value)).Select(value => value.Value).DefaultIfEmpty(double.NaN).Average();

    // Values are the right class, sizes the predicted one; class 1 is what is looked for.
    private static double F1(IReadOnlyList<MetricValue> values)
    {
        if (values.Any(value => value.Value is not (0 or 1) || value.Size is not (0 or 1)))
            throw new DllmException("the metric f1 needs questions of two choices", "use acc or mcc for more");
        double hits = values.Count(value => value is { Value: 1, Size: 1 });
        double claimed = values.Count(value => value.Size == 1), real = values.Count(value => value.Value == 1);
        return claimed + real == 0 ? 0 : 2 * hits / (claimed + real);
    }

    // For any number of classes (Gorodkin, 2004).
    private static double Matthews(IReadOnlyList<MetricValue> values)
    {
        double n = values.Count, right = values.Count(value => value.Value == value.Size);
        double both = 0, claimed = 0, real = 0;
        foreach (double label in values.SelectMany(value => new[] { value.Value, value.Size }).Distinct())
        {
            double a = values.Count(value => value.Size == label), b = values.Count(value => value.Value == label);
            (both, claimed, real) = (both + (a * b), claimed + (a * a), real + (b * b));
        }

        double scale = Math.Sqrt((n * n) - claimed) * Math.Sqrt((n * n) - real);
        return scale == 0 ? 0 : ((right * n) - both) / scale;
    }
}

/// <summary>How the standard error of an aggregate is found.</summary>
public enum AggregationError
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By the deviation of the sample.</summary>
    OfMean,

    /// <summary>By drawing the documents again and again, with replacement.</summary>
    Bootstrapped,
}
