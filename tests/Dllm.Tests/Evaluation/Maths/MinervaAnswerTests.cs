using Dllm.Evaluation.Maths;

namespace Dllm.Tests.Evaluation.Maths;

public sealed class MinervaAnswerTests
{
    [Theory]
    [InlineData("So. Final Answer: The final answer is $5$. I hope it is correct.", "$5$")]
    [InlineData("Final Answer: The final answer is $5$. ", "$5$")] // the wish is added
    [InlineData("Final Answer: The final answer is\n5. I hope it is correct.", MinervaAnswer.Invalid)]
    [InlineData("Final Answer: The final answer is", MinervaAnswer.Invalid)]
    [InlineData("", MinervaAnswer.Invalid)]
    [InlineData(
        "Final Answer: The final answer is Final Answer: The final answer is 1. I hope it is correct.",
        "Final Answer: The final answer is 1")]
    public void TheSentenceHoldsTheAnswer(string text, string expected) => Assert.Equal(expected, MinervaAnswer.Extract(text));

    [Theory]
    [InlineData("x = 5", "5")]
    [InlineData(@"500\text{ dollars}", "500")]
    [InlineData("100,000", "100000")]
    [InlineData("1,2", "12")] // as the harness has it
    [InlineData("(1,2)", "(1,2)")]
    [InlineData(@"\frac12", @"\frac{1}{2}")]
    [InlineData(@"\sqrt34", @"\sqrt{3}4")]
    [InlineData("it is $7$ or $8$", "7")]
    [InlineData(@"\boxed{\frac{1}{2}}", @"\frac{1}{2}")]
    [InlineData(@"1\text{ and }2", "12")]
    [InlineData(@"45^\circ", "45")]
    [InlineData("²", "²")]
    [InlineData("", "")]
    public void TheAnswerIsWrittenOneWay(string answer, string expected) => Assert.Equal(expected, MinervaAnswer.Normalize(answer));

    [Fact]
    public void LongTextsEndInTime()
    {
        var text = string.Concat(Enumerable.Repeat(@"\text{$frac", 20_000));
        MinervaAnswer.Normalize(text);
        MinervaAnswer.Extract(string.Concat(Enumerable.Repeat("Final Answer: The final answer is\n", 20_000)));
    }
}
