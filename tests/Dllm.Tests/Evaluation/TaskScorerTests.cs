using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Evaluation.Scoring;

namespace Dllm.Tests.Evaluation;

public sealed class TaskScorerTests
{
    [Theory]
    [InlineData("so #### 42", "42")]
    [InlineData("so #### 1,234", "1,234")]
    [InlineData("nothing", "[invalid]")]
    public void ARegexKeepsItsGroup(string answer, string expected) =>
        Assert.Equal(expected, Score(answer, "x", [Step("regex", ("regex_pattern", @"#### (\-?[0-9\.\,]+)"))]).Filtered[0]);

    [Fact]
    public void ANegativeGroupCountsFromTheBackAndOfSeveralGroupsTheFirstFilledCounts()
    {
        var step = Step("regex", ("regex_pattern", "(-?[$0-9.,]{2,})|(-?[0-9]+)"), ("group_select", -1));
        Assert.Equal("7", Score("10 and 25 and 7", "x", [step]).Filtered[0]);
    }

    [Fact]
    public void ComparisonLeavesOutWhatTheMetricSays()
    {
        Assert.Equal(0, Score("The Answer!", "the answer", []).Values["exact_match"].Value);
        var arguments = new JsonObject { ["ignore_case"] = true, ["ignore_punctuation"] = true };
        Assert.Equal(1, Score("The Answer!", "the answer", [], arguments).Values["exact_match"].Value);
    }

    [Fact]
    public void AnyTargetOfSeveralCounts() => Assert.Equal(1, Scorer([], []).Score(
        new ScoredDocument([], new JsonArray("a", "b"), []), [new TextAnswer("b")], new FilterDefinition("f", [])).Values["exact_match"].Value);

    [Fact]
    public void AMultipleChoiceIsAnsweredByItsTextOrItsLetter()
    {
        var document = new JsonObject { ["choices"] = new JsonArray("red", "green") };
        var filter = new FilterDefinition("f", [Step("multi_choice_regex", ("regex_pattern", @"(\([A-Z]\))"))]);
        string[] answers = ["I say (B)", "green it is", "the answer: A", "none"];
        Assert.Equal(
            ["(B)", "(B)", "(A)", "[invalid]"],
            answers.Select(answer => Scorer([], []).Score(new ScoredDocument(document, "x", []), [new TextAnswer(answer)], filter).Filtered[0]));
    }

    [Fact]
    public void AnUnknownFilterIsNamed()
    {
        var fault = Assert.Throws<DllmException>(() => Score("a", "a", [Step("reqex")]));
        Assert.Contains("reqex", fault.Message);
        Assert.Contains("reqex", Assert.Throws<DllmException>(() => Scorer([Step("reqex")], []).Check()).Message);
    }

    [Fact]
    public void OfSeveralAnswersTheShareIsTakenThatIsRight()
    {
        var score = Scorer([], []).Score(new ScoredDocument([], "a", []), [new("a"), new("b"), new("a"), new("a")], new FilterDefinition("f", []));
        Assert.Equal(0.75, score.Values["exact_match"].Value);
    }

    [Theory]
    [InlineData(true, "True")]
    [InlineData(false, "False")]
    public void ATruthIsWrittenAsPythonDoes(bool target, string answer) => Assert.Equal(1, Scorer([], []).Score(
        new ScoredDocument([], target, []), [new TextAnswer(answer)], new FilterDefinition("f", [])).Values["exact_match"].Value);

    [Fact]
    public void CaseAndSpaceArePythons()
    {
        Assert.Equal("x\u200b", Score("\x1c x\u200b\u00a0", "x", [Step("remove_whitespace")]).Filtered[0]);
        Assert.Equal("SS ΟΔΟΣ", Score("ß οδος", "x", [Step("uppercase")]).Filtered[0]);
        Assert.Equal("οδος i\u0307", Score("ΟΔΟΣ İ", "x", [Step("lowercase")]).Filtered[0]);
    }

    [Fact]
    public void MoreAnswersThanAreAskedForCannotBeTaken() => Assert.Contains(
        "repeats", Assert.Throws<DllmException>(() => Scorer([Step("take_first_k", ("k", 3))], []).Check()).Message);

    [Fact]
    public void AMetricThatTheTaskDoesNotListIsAveraged()
    {
        var metric = Scorer([], []).MetricOf("perplexity");
        Assert.Equal(("mean", false), (metric.Aggregation, metric.HigherIsBetter));
    }

    [Fact]
    public void F1IsOfTwoClasses() => Assert.Throws<DllmException>(() => Of("f1").Of([new(2, 1)]));

    [Fact]
    public void AMalformedPatternIsRefused() =>
        Assert.Contains("(", Assert.Throws<DllmException>(() => Score("a", "a", [Step("regex", ("regex_pattern", "("))])).Message);

    [Fact]
    public void AHostileAnswerEndsInTime() =>
        Assert.Equal("[invalid]", Score(new string('a', 40) + "!", "a", [Step("regex", ("regex_pattern", "^(a+)+$"))]).Filtered[0]);

    [Fact]
    public void ChoicesAreComparedByLikelihoodAndByLikelihoodPerCharacter()
    {
        var scoring = new TaskScoring(
            "t", OutputType.MultipleChoice, [], [new("acc", null, true, []), new("acc_norm", null, true, [])], null, 1, null);
        var score = new TaskScorer(scoring).Score(new ScoredDocument([], 1, ["ab", "abcdef"]), [new(-3, true), new(-4, false)]);
        Assert.Equal((0, 1), (score.Values["acc"].Value, score.Values["acc_norm"].Value));
    }

    [Fact]
    public void AggregatesAreTheHarnesss()
    {
        MetricValue[] values = [new(-2, 4), new(-6, 4)];
        Assert.Equal(Math.Exp(4), Of("perplexity").Of(values), 9);
        Assert.Equal(Math.E, Of("word_perplexity").Of(values), 9);
        Assert.Equal(1 / Math.Log(2), Of("bits_per_byte").Of(values), 9);
        Assert.Equal(2, Of("acc").StandardError(values, 1));
        Assert.Null(Of("acc").StandardError([new(1)], 1));
        Assert.Null(Of("acc").StandardError(values, 0));
    }

    [Fact]
    public void WhatIsNoNumberIsTheHighestAsInNumPy()
    {
        var scoring = new TaskScoring("t", OutputType.MultipleChoice, [], [new("acc", null, true, [])], null, 1, null);
        var score = new TaskScorer(scoring).Score(new ScoredDocument([], 1, ["a", "b"]), [new(-1, false), new(double.NaN, false)]);
        Assert.Equal(1, score.Values["acc"].Value);
    }

    [Theory] // as the harness's bootstrap_stderr on CPython, with 3,000 replicates
    [InlineData("perplexity", 6.762290805161318)]
    [InlineData("median", 0.9980139080127403)]
    public void OtherErrorsAreBootstrapped(string aggregation, double error)
    {
        MetricValue[] values = [new(-1), new(-2.5), new(-0.25), new(-4), new(-3)];
        Assert.Equal(error, MetricAggregation.For(new MetricDefinition("x", aggregation, null, [])).StandardError(values, 3000)!.Value, 12);
    }

    [Fact]
    public void ClassesAreComparedOverAllDocuments()
    {
        MetricValue[] values = [new(1, 1), new(1, 0), new(0, 1), new(0, 0), new(1, 1)]; // right class, predicted class
        Assert.Equal(2.0 / 3, Of("f1").Of(values), 12);
        Assert.Equal(1.0 / 6, Of("mcc").Of(values), 12);
        Assert.Equal(0, Of("mcc").Of([new(1, 1), new(1, 1)]));
    }

    [Fact]
    public void EachMetricOfChoicesHasItsOwnBest()
    {
        string[] metrics = ["acc", "acc_bytes", "acc_norm", "acc_mutual_info", "brier_score"];
        var scoring = new TaskScoring(
            "t", OutputType.MultipleChoice, [], [.. metrics.Select(name => new MetricDefinition(name, null, null, []))], null, 1, null);
        // In bytes the first choice is as long as the second, in letters half as long; without the context the second is unlikely.
        LikelihoodAnswer[] answers = [new(-1, true), new(-1.5, false), new(-0.5, false), new(-5, false)];
        var score = new TaskScorer(scoring).Score(new ScoredDocument([], 1, ["éé", "abcd"]), answers);
        Assert.Equal([0, 0, 1, 1], metrics[..4].Select(name => score.Values[name].Value));
        double wrong = 1 / (1 + Math.Exp(-0.5));
        Assert.Equal(2 * wrong * wrong, score.Values["brier_score"].Value, 12);
    }

    [Theory]
    [InlineData("3102200002100320", "3142243142131324", "3142243142131324", 1)]
    [InlineData("3102200002100320", "3142243142131324", "3142 2431\n4213 1300", 0.875)]
    [InlineData("3102200002100320", "3142243142131324", "<answer>3142243142131324</answer> 1111", 1)]
    [InlineData("3102200002100320", "3142243142131324", "", 0)]
    public void SudokuScoresTheShareOfEmptyCells(string puzzle, string solution, string answer, double expected) =>
        Assert.Equal(expected, Dllm.Evaluation.Functions.PlanningFunctions.Sudoku(puzzle, solution, answer));

    [Theory]
    [InlineData("100-(93-30)+0", false)]
    [InlineData("30 + 93 - 100", true)]
    [InlineData("<answer> (30+93)-100 = 23 </answer>", true)]
    [InlineData("93-100+30 = 23, is it not?", true)]
    [InlineData("23", false)]
    [InlineData("30+93-100/1", false)]
    [InlineData("100/0", false)]
    [InlineData("((((", false)]
    public void CountdownWantsEachNumberOnce(string answer, bool right) =>
        Assert.Equal(right, Dllm.Evaluation.Functions.PlanningFunctions.Countdown("30,100,93", "23", answer));

    // As the harness since version 3 of the task: the labels say which choices are right, wherever they stand.
    [Theory]
    [InlineData("[1, 1, 0, 0]", 0.4)]
    [InlineData("[1, 0, 0, 1]", 0.6)]
    [InlineData("[0, 1, 0, 1]", 0.8)]
    [InlineData("[1, 1, 1, 1]", 1.0)]
    public void TruthfulqaSharesItsProbabilityOutByTheLabels(string labels, double expected)
    {
        var document = new JsonObject { ["mc2_targets"] = new JsonObject { ["labels"] = JsonNode.Parse(labels) } };
        LikelihoodAnswer[] answers = [.. new[] { 0.02, 0.06, 0.02, 0.1 }.Select(probability => new LikelihoodAnswer(Math.Log(probability), false))];
        var score = Dllm.Evaluation.Functions.TruthfulqaFunctions.LikelihoodResults["truthfulqa.process_results_mc2"];
        Assert.Equal(expected, score(new ScoredDocument(document, null, []), answers)["acc"].Value, 12);
    }

    private static MetricAggregation Of(string metric) => MetricAggregation.For(new MetricDefinition(metric, null, null, []));

    private static FilterStep Step(string function, params (string Key, JsonNode Value)[] arguments) =>
        new(function, new JsonObject(arguments.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))));

    private static TaskScorer Scorer(FilterStep[] steps, JsonObject arguments) => new(new TaskScoring(
        "t", OutputType.GenerateUntil, [new FilterDefinition("f", steps)], [new MetricDefinition("exact_match", "mean", true, arguments)], null, 1, null));

    private static DocumentScore Score(string answer, string target, FilterStep[] steps, JsonObject? arguments = null) => Scorer(steps, arguments ?? []).Score(
        new ScoredDocument([], target, []), [new TextAnswer(answer)], new FilterDefinition("f", steps));
}
