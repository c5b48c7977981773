using System.Text;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Scoring;

/// <summary>The metrics of a question with choices, from the likelihood of each.</summary>
internal static class ChoiceMetrics
{
    /// <summary>The metric that needs each choice's likelihood without its context too.</summary>
    public const string MutualInformation = "acc_mutual_info";

    /// <summary>The names of all.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["acc", "acc_norm", "acc_bytes", MutualInformation, "exact_match", "f1", "mcc", "brier_score"];

    /// <summary>All metrics of a document.</summary>
    /// <param name="document">The document; its choices may be prompts, and are then as many as there are answers.</param>
    /// <param name="answers">One a choice; twice as many where each choice's likelihood without its context follows.</param>
    /// <param name="hasUnconditional">Whether they follow.</param>
    public static Dictionary<string, MetricValue> Of(ScoredDocument document, IReadOnlyList<LikelihoodAnswer> answers, bool hasUnconditional = false)
    {
        int count = hasUnconditional ? answers.Count / 2 : answers.Count;
        double[] scores = [.. answers.Take(count).Select(answer => answer.LogLikelihood)];
        int[] gold = [.. AnswerKey.Of(document.Target).Select(key => AnswerKey.Choice(key, document.Choices))];
        int best = Best(scores);
        var values = new Dictionary<string, MetricValue>
        {
            ["acc"] = Right(best),
            ["acc_norm"] = Right(Best(scores.Select((score, i) => score / document.Choices[i].EnumerateRunes().Count()))),
            ["acc_bytes"] = Right(Best(scores.Select((score, i) => score / Encoding.UTF8.GetByteCount(document.Choices[i])))),
            ["exact_match"] = new(gold.Any(i => answers[i].IsGreedy) ? 1 : 0),
            ["f1"] = new(gold[0], best),
            ["mcc"] = new(gold[0], best),
            ["brier_score"] = new(Brier(scores, gold[0])),
        };
        if (hasUnconditional) values[MutualInformation] = Right(Best(scores.Select((score, i) => score - answers[count + i].LogLikelihood)));
        return values;

        MetricValue Right(int choice) => new(gold.Contains(choice) ? 1 : 0);
    }

    // The first of the highest, as NumPy's argmax, for which what is no number is higher than all.
    private static int Best(IEnumerable<double> scores) =>
        scores.Index().MaxBy(pair => double.IsNaN(pair.Item) ? (1, 0) : (0, pair.Item)).Index;

    private static double Brier(double[] scores, int gold)
    {
        double most = scores.Max();
        double[] shares = [.. scores.Select(score => Math.Exp(score - most))];
        double sum = shares.Sum();
        return shares.Select((share, i) => (share / sum) - (i == gold ? 1 : 0)).Sum(miss => miss * miss);
    }
}
