using Dllm.Evaluation.Maths;

namespace Dllm.Tests.Evaluation.Maths;

public sealed class AnswerVerificationTests
{
    [Theory]
    [InlineData(@"\boxed{\frac{1}{3}}", "The answer is 0.333333.")]
    [InlineData(@"\boxed{12}", "so the answer: 12 apples, not 13")]
    [InlineData(@"\boxed{[2,5)}", @"we get \boxed{[2, 5)}")]
    [InlineData(@"\boxed{1, 2}", @"\boxed{2, 1}")]
    [InlineData(@"\boxed{\{1,2\}}", @"$\{2,1\}$")]
    [InlineData(@"\boxed{(3, \frac{\pi}{2})}", @"The final answer is $\left(3,\frac{\pi}2\right)$. I hope it is correct.")]
    [InlineData(@"\boxed{x = 5}", "5")]
    [InlineData(@"\boxed{5}", @"\boxed{y = 2 + 3 = 5}")]
    [InlineData(@"\boxed{x < 3}", @"\boxed{3 > x}")]
    [InlineData(@"\boxed{28\%}", "the answer is 28%")]
    [InlineData(@"\boxed{\text{Evelyn}}", @"\boxed{evelyn}")]
    [InlineData(@"\boxed{1{,}000}", "1,000")]
    [InlineData(@"\boxed{3\frac{1}{2}}", "3.5")]
    [InlineData(@"\boxed{\begin{pmatrix} 1 \\ 1/2 \end{pmatrix}}", @"\[\begin{pmatrix}1\\0.5\end{pmatrix}\]")]
    [InlineData(@"\boxed{5\text{ cm}^2}", @"$5$")]
    public void Right(string solution, string text) => Assert.True(AnswerVerification.Verify(solution, text));

    [Theory]
    [InlineData(@"\boxed{[2,5)}", @"\boxed{[2,5]}")]
    [InlineData(@"\boxed{(1,2)}", @"\boxed{(2,1)}")]
    [InlineData(@"\boxed{x = 5}", @"\boxed{y = 5}")]
    [InlineData(@"\boxed{x < 3}", @"\boxed{x > 3}")]
    [InlineData(@"\boxed{7}", "")]
    [InlineData(@"\boxed{7}", "   ")]
    [InlineData(@"\boxed{7}", "no number at all")]
    [InlineData("", "7")]
    [InlineData(@"\boxed{7}", @"\boxed{8")]
    [InlineData(@"\boxed{0.5}", "1/0")]
    public void Wrong(string solution, string text) => Assert.False(AnswerVerification.Verify(solution, text));

    [Fact]
    public void LongTextsEndInTime()
    {
        foreach (var piece in new[] { @"\boxed{", "$", "{", "1,", @"\text{", "answer ", @"\(", "-" })
            AnswerVerification.Verify(@"\boxed{7}", string.Concat(Enumerable.Repeat(piece, 50_000)));
    }
}
