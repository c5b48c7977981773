using Dllm.Evaluation.Running;

namespace Dllm.Tests.Evaluation;

public class EvalSampleTests
{
    [Theory]
    [InlineData("""{"doc_id": 1, "filter": "none", "metrics": ["acc", null], "acc": 1}""")]
    [InlineData("""{"doc_id": 1, "filter": "none", "metrics": ["acc", 5], "acc": 1}""")]
    [InlineData("""{"doc_id": 1, "doc_id": 2, "filter": "none", "metrics": [], "acc": 1}""")]
    [InlineData("""{"doc_id": 1, "filter": "none", "metrics": {"acc": 1}}""")]
    [InlineData("[]")]
    public void ALineThatIsNoSampleIsOneError(string line)
        => Assert.Contains("a.jsonl, line 3 is no sample", Assert.Throws<DllmException>(() => EvalSample.Parse(line, "a.jsonl, line 3")).Message, StringComparison.Ordinal);

    [Fact]
    public void AMetricNamedTwiceCountsOnce()
        => Assert.Single(EvalSample.Parse("""{"doc_id": 1, "filter": "none", "metrics": ["acc", "acc"], "acc": 1}""", "line 1").Values);
}
