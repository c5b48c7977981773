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
        Assert.Equal("reqex", Scorer([Step("reqex")], []).MissingHook);
    }

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
        Assert.Equal(Math.Exp(4), TaskScorer.Aggregate(new("perplexity", null, null, []), values), 9);
        Assert.Equal(Math.E, TaskScorer.Aggregate(new("word_perplexity", null, null, []), values), 9);
        Assert.Equal(1 / Math.Log(2), TaskScorer.Aggregate(new("bits_per_byte", null, null, []), values), 9);
        Assert.Equal(2, TaskScorer.StandardErrorOfMean(values));
        Assert.True(double.IsNaN(TaskScorer.StandardErrorOfMean([new(1)])));
    }

    private static FilterStep Step(string function, params (string Key, JsonNode Value)[] arguments) =>
        new(function, new JsonObject(arguments.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))));

    private static TaskScorer Scorer(FilterStep[] steps, JsonObject arguments) => new(new TaskScoring(
        "t", OutputType.GenerateUntil, [new FilterDefinition("f", steps)], [new MetricDefinition("exact_match", "mean", true, arguments)], null, 1, null));

    private static DocumentScore Score(string answer, string target, FilterStep[] steps, JsonObject? arguments = null) => Scorer(steps, arguments ?? []).Score(
        new ScoredDocument([], target, []), [new TextAnswer(answer)], new FilterDefinition("f", steps));
}
