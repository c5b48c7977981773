using Dllm.Evaluation.Functions;
using Dllm.Evaluation.Scoring;
using Dllm.Evaluation.Tasks;

namespace Dllm.Tests.Evaluation;

public sealed class F1FunctionsTests
{
    // Right and predicted classes; the numbers are scikit-learn's.
    private static readonly MetricValue[] _values = [new(0, 0), new(0, 1), new(1, 1), new(2, 1), new(2, 2), new(2, 3)];

    [Theory]
    [InlineData("weighted_f1_score", 0.5555555555555555)] // f1 by class: 2/3, 1/2, 1/2, 0
    [InlineData("macro_f1_score", 0.41666666666666663)]
    [InlineData("micro_f1_score", 0.5)]
    public void Averages_over_classes_are_those_of_scikit_learn(string name, double expected) =>
        Assert.Equal(expected, EvalFunctions.Aggregation(name)!(_values), 12);

    [Fact]
    public void A_file_of_any_folder_may_name_them()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            Path.Combine(folder.Path, "t.yaml"),
            "task: t\ndataset_path: x\ntest_split: test\noutput_type: multiple_choice\ndoc_to_choice: [a, b]\ndoc_to_target: 0\n"
            + "metric_list:\n  - {metric: f1, aggregation: !function utils.weighted_f1_score, average: weighted, hf_evaluate: true}\n");
        Assert.Equal("weighted_f1_score", TaskLibrary.Open([folder.Path]).Select("t").Tasks[0].Scoring.Metrics[0].Aggregation);
    }
}
