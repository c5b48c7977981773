using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Evaluation.Functions;

namespace Dllm.Tests.Evaluation;

public sealed class TruthfulqaFunctionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-2000)] // a long answer's: its probability is no number that a double holds
    public void TheShareOfTheRightChoicesIsOfAllProbability(double offset)
    {
        var document = JsonNode.Parse("""{"mc2_targets": {"labels": [1, 1, 0]}}""")!.AsObject();
        LikelihoodAnswer[] answers = [.. new[] { 0.2, 0.4, 0.2 }.Select(p => new LikelihoodAnswer(Math.Log(p) + offset, false))];
        var share = EvalFunctions.LikelihoodResults("truthfulqa.process_results_mc2")!(new ScoredDocument(document, null, []), answers)["acc"];
        Assert.Equal(0.75, share.Value, 9);
    }

    [Fact]
    public void ADocumentWithoutLabelsIsNamed() => Assert.Contains(
        "mc2_targets",
        Assert.Throws<DllmException>(() => EvalFunctions.LikelihoodResults("truthfulqa.process_results_mc2")!(new ScoredDocument([], null, []), [])).Message);
}
