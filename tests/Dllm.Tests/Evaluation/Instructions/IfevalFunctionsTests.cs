using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Evaluation.Functions;
using Dllm.Evaluation.Scoring;

namespace Dllm.Tests.Evaluation.Instructions;

public sealed class IfevalFunctionsTests
{
    [Fact]
    public void LooselyTheFirstAndLastLineAndAsterisksMayBeInTheWay()
    {
        var values = Score("Sure, here:\nno commas\nBye, friend", "punctuation:no_comma", "change_case:english_lowercase");
        Assert.Equal(new MetricValue(0), values["prompt_level_strict_acc"]);
        Assert.Equal(new MetricValue(0, 2), values["inst_level_strict_acc"]);
        Assert.Equal(new MetricValue(1), values["prompt_level_loose_acc"]);
        Assert.Equal(new MetricValue(2, 2), values["inst_level_loose_acc"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n ")]
    public void AnEmptyResponseFollowsNothing(string response)
    {
        var values = Score(response, "punctuation:no_comma");
        Assert.Equal(new MetricValue(0, 1), values["inst_level_strict_acc"]);
        Assert.Equal(new MetricValue(0, 1), values["inst_level_loose_acc"]);
    }

    [Fact]
    public void InstructionsAreCountedOverAllDocuments() =>
        Assert.Equal(0.75, EvalFunctions.Aggregation("ifeval.agg_inst_level_acc")!([new(1, 1), new(2, 3)]));

    [Fact]
    public void EveryPromptOfTheDataSetCanBeChecked()
    {
        var path = Path.GetFullPath(Path.Combine(Folder(), "..", "..", "..", "..", "..", "shared", "data", "ifeval", "input_data.jsonl"));
        Assert.SkipUnless(File.Exists(path), $"{path} is not here");
        var score = EvalFunctions.Results("ifeval.process_results")!;
        foreach (var line in File.ReadLines(path))
            score(new ScoredDocument(JsonNode.Parse(line)!.AsObject(), null, []), ["No, *this* is <<it>>."]);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static IReadOnlyDictionary<string, MetricValue> Score(string response, params string[] ids)
    {
        var row = new JsonObject
        {
            ["instruction_id_list"] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]),
            ["kwargs"] = new JsonArray([.. ids.Select(_ => new JsonObject())]),
        };
        return EvalFunctions.Results("ifeval.process_results")!(new ScoredDocument(row, null, []), [response]);
    }
}
