namespace Dllm.Evaluation.Functions;

/// <summary>
/// F1 over several classes, as scikit-learn averages it (classes are those that are right or predicted somewhere; without a hit a class
/// has 0). Many of the harness's tasks have these three word for word in a file of their own, so the functions bear no folder's name.
/// </summary>
internal static class F1Functions
{
    public static IReadOnlyDictionary<string, AggregationFunction> Aggregations { get; } = new Dictionary<string, AggregationFunction>
    {
        ["weighted_f1_score"] = values => Classes(values).Sum(one => one.F1 * one.Real) / values.Count,
        ["macro_f1_score"] = values => Classes(values).Average(one => one.F1),
        ["micro_f1_score"] = values => values.Count(value => value.Value == value.Size) / (double)values.Count,
    };

    // A value is the right class and the predicted one.
    private static IEnumerable<(double F1, int Real)> Classes(IReadOnlyList<Scoring.MetricValue> values)
    {
        foreach (double label in values.Select(value => value.Value).Concat(values.Select(value => value.Size)).Distinct())
        {
            int real = values.Count(value => value.Value == label), claimed = values.Count(value => value.Size == label);
            int hits = values.Count(value => value.Value == label && value.Size == label);
            yield return (2.0 * hits / (real + claimed), real);
        }
    }
}
