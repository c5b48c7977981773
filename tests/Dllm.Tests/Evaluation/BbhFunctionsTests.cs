using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Evaluation.Functions;

namespace Dllm.Tests.Evaluation;

/// <summary>Filters of bbh_zeroshot; the expected values are those of the harness's own filters on CPython.</summary>
public sealed class BbhFunctionsTests
{
    private static readonly JsonObject _document = new()
    {
        ["input"] = "When?\nOptions:\n(A) May 5, 2020\n(B) June 6!\n(C) noon\nList: pear apple fig apple",
    };

    [Theory]
    [InlineData("It is (B).", "(B)")]
    [InlineData("june 6", "(B)")]
    [InlineData("the answer: C", "(C)")]
    [InlineData("none", "[invalid]")]
    [InlineData("May 5 2020, (c)", "(A)")]
    [InlineData("noon: A", "(C)")]
    public void AChoiceIsFoundByItsTextInTheQuestion(string answer, string expected) => Assert.Equal(expected, Filter(
        "MultiChoiceRegexFilter", answer, ("ignore_case", true), ("ignore_punctuation", true), ("regex_pattern", @"(\([A-Z]\))")));

    [Theory]
    [InlineData("Yes, it is plausible", "yes")]
    [InlineData("No", "no")]
    [InlineData("it is not plausible", "no")]
    [InlineData("nope, plausible", "yes")]
    [InlineData("none", "[invalid]")]
    public void WordingsStandForAnAnswer(string answer, string expected) => Assert.Equal(expected, Filter(
        "MapRegexFilter", answer, ("ignore_case", true),
        ("regex_pattern_to_value", new JsonObject { [@"\b(no|not plausible)\b"] = "no", [@"\b(yes|plausible)\b"] = "yes" })));

    [Theory]
    [InlineData("There are 12 and -5", "12")]
    [InlineData("twelve", "12")]
    [InlineData("six", "[invalid]")]
    [InlineData("sixteen apples", "16")]
    [InlineData("there are twenty five", "25")]
    [InlineData("two hundred and thirty one", "231")]
    [InlineData("one, two", "2")]
    [InlineData("someone", "1")]
    [InlineData("eighty eight", "80")]
    [InlineData("three thousand two hundred", "3200")]
    [InlineData("nothing", "[invalid]")]
    public void NumbersMayBeWords(string answer, string expected) =>
        Assert.Equal(expected, Filter("NumberParseRegexFilter", answer, ("regex_pattern", "([-0-9]+)")));

    [Theory]
    [InlineData("apple fig pear apple figs", "fig pear apple")]
    [InlineData("none", "")]
    public void WordsStandWhereTheAnswerHasThemLast(string answer, string expected) => Assert.Equal(expected, Filter("WordSortFilter", answer));

    private static string Filter(string name, string answer, params (string Key, JsonNode Value)[] arguments)
    {
        var step = new FilterStep(name, new JsonObject(arguments.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))));
        return EvalFunctions.FilterStep($"bbh.zeroshot.{name}")!(step)([answer], _document)[0];
    }
}
