using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Evaluation.Functions;
using Dllm.Evaluation.Tasks;

namespace Dllm.Tests.Evaluation;

public sealed class AnswerExtractionTests
{
    [Theory]
    [InlineData("say\n```python\ndef f():\n    return 1\n```\nbye", "def f():\n    return 1\n")]
    [InlineData("  def f(): pass", "def f(): pass")]
    [InlineData("```py\nopen", "open")]
    [InlineData("", "")]
    public void AProgramIsTheFirstBlock(string answer, string expected) => Assert.Equal(expected, LladaFunctions.FirstBlock(answer));

    [Theory]
    [InlineData("[BEGIN]\n'x = 1'\n[DONE]", "x = 1")]
    [InlineData("\ndef f(): pass\n```", "def f(): pass")]
    [InlineData("def f(): pass", "def f(): pass")]
    [InlineData(@"a\_b DONE and more", "a_b")]
    public void AProgramStandsBetweenMarks(string answer, string expected) => Assert.Equal(expected, LladaFunctions.Program(answer));

    [Theory]
    [InlineData(@"so \boxed{1,234}", 1.0)] // as the original, which stops at the comma
    [InlineData(@"\boxed{...} \boxed{x = 7}", 7.0)]
    [InlineData("<answer>12 and 13</answer>", 13.0)]
    [InlineData(@"\boxed{1_000}", 1000.0)]
    [InlineData(@"\boxed{-inf}", double.NegativeInfinity)]
    [InlineData("42", null)]
    public void ANumberStandsInABoxOrATag(string answer, double? expected) => Assert.Equal(expected, Gsm8kFunctions.Answer(answer));

    [Fact]
    public void ASolutionIsComparedAsANumber()
    {
        var score = EvalFunctions.Results("gsm8k.process_results")!;
        var document = new ScoredDocument(new JsonObject { ["answer"] = "text #### 1,200" }, null, []);
        Assert.Equal(1, score(document, [@"\boxed{1200.0}"])["exact_match"].Value);
        Assert.Equal(0, score(document, [""])["exact_match"].Value);
        Assert.Equal(0, score(document with { Document = new JsonObject { ["answer"] = "text" } }, [@"\boxed{1200}"])["exact_match"].Value);
    }

    [Fact]
    public void ChatTasksWriteTheirPrompts()
    {
        var arc = Task("arc_challenge_chat", """{"question": " Why? ", "choices": {"text": ["a", "b", "c"], "label": ["1", "2", "3"]}, "answerKey": "2"}""");
        Assert.Equal(
            "Which answer is right?\nQuestion: Why?\nA. a\nB. b\nC. c\nEnd with \"The best answer is\" and its letter. The best answer is",
            arc.Requests(0, new PromptOptions())[0].Context);
        Assert.Equal("B", arc.Document(0).Target!.ToString());
        var gsm = Task("gsm8k_bert", """{"question": "1+1?", "answer": "#### 2"}""");
        Assert.StartsWith("1+1?\n", gsm.Requests(0, new PromptOptions())[0].Context, StringComparison.Ordinal);
        var human = Task("humaneval_instruct_dream", """{"prompt": "def f():", "test": "t", "entry_point": "f"}""");
        Assert.EndsWith("```python", human.Requests(0, new PromptOptions())[0].Context, StringComparison.Ordinal);
        Assert.Equal("gsm8k.process_results", Task("gsm8k_boxed", """{"question": "1+1?", "answer": "#### 2"}""").Scoring.ProcessResults);
    }

    private static EvalTask Task(string name, string row) =>
        new(TaskLibrary.Open([]).Select(name).Tasks[0], [JsonNode.Parse(row)!.AsObject()], []);
}
