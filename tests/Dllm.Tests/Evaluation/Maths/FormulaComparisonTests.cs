using System.Diagnostics;
using Dllm.Evaluation.Maths;

namespace Dllm.Tests.Evaluation.Maths;

public sealed class FormulaComparisonTests
{
    [Theory]
    [InlineData("1.5", @"\frac{3}{2}")]
    [InlineData("-0", "0")]
    [InlineData(@"\frac12", "0.5")]
    [InlineData(@"\frac{\frac12}{\frac{3}{4}}", "2/3")]
    [InlineData("(x+1)^2", "x^2+2x+1")]
    [InlineData(@"\frac{x^2-1}{x-1}", "x+1")]
    [InlineData(@"\frac{1}{\sqrt{2}}", @"\frac{\sqrt{2}}{2}")]
    [InlineData(@"\sqrt{8}", @"2\sqrt{2}")]
    [InlineData(@"\sqrt{3+2\sqrt{2}}", @"1+\sqrt{2}")]
    [InlineData(@"\sqrt[3]{54}", @"3\sqrt[3]{2}")]
    [InlineData(@"\sqrt{-4}", @"2\sqrt{-1}")]
    [InlineData(@"2^{n+1}", @"2\cdot2^n")]
    [InlineData("4^n", "2^{2n}")]
    [InlineData(@"\sin^2 x+\cos^2 x", "1")]
    [InlineData(@"\log_2 8", "3")]
    [InlineData(@"\tan(-x)", @"-\frac{\sin x}{\cos x}")]
    [InlineData(@"\binom{5}{2}", "10")]
    [InlineData("5!", "120")]
    [InlineData("|-3|", "3")]
    [InlineData("3 x 4", "12")]
    [InlineData("1,234", "1234")]
    [InlineData("2, 3", "2")] // what follows a formula is left alone
    [InlineData("2+(", "2")]
    [InlineData(@"3\frac{1}{2}", @"\frac{3}{2}")] // a product
    [InlineData("10^{100000}", "10^{100000}")]
    [InlineData("9^{9^{9^{9}}}", "9^{9^{9^{9}}}")]
    public void Equal(string first, string second) => Assert.True(FormulaComparison.AreEqual(first, second));

    [Theory]
    [InlineData("[2,5)", "[2,5)")]
    [InlineData("(1,2)", "(1,2)")]
    [InlineData(@"5\%", @"5\%")]
    [InlineData("x<3", "x<3")]
    [InlineData(@"\infty", @"\infty")]
    [InlineData("1/0", "1/0")]
    [InlineData(".5", "0.5")]
    [InlineData("", "")]
    [InlineData("{{{", "{{{")]
    [InlineData("א+1", "א+1")]
    [InlineData(@"\sqrt{x^2}", "x")]
    [InlineData("x^2", "2x")]
    [InlineData("a(b+c)", "ab+ac")] // a of b + c
    public void NotEqual(string first, string second) => Assert.False(FormulaComparison.AreEqual(first, second));

    [Fact]
    public void HostileFormulasEndInTime()
    {
        var watch = Stopwatch.StartNew();
        string[] hostile =
        [
            "(a+b+c+d+e+f+g)^{400}", new string('(', 1400) + "1", new string('9', 1400) + @"^{\frac{1}{7}}", new string('|', 1000),
            string.Concat(Enumerable.Repeat(@"\sqrt{x+", 100)) + "1" + new string('}', 100), "((2^{2000})^{2000})^{2000}", "10000000!",
            string.Concat(Enumerable.Repeat(@"\frac{1}{x+", 100)) + "1" + new string('}', 100),
            string.Concat(Enumerable.Repeat("x^", 700)) + "x",
            string.Concat(Enumerable.Repeat(@"\sin(a+", 100)) + "1" + new string(')', 100), new string('-', 1400) + "1",
            "(" + string.Join('+', Enumerable.Range(2, 100).Select(i => $@"\sqrt{{{i}}}")) + ")^{9}", new string('9', 1_000_000),
            "1^{" + new string('9', 1000) + "}",
        ];
        foreach (var formula in hostile)
        {
            FormulaComparison.AreEqual(formula, "1+" + formula);
            Assert.True(watch.Elapsed.TotalSeconds < 20, formula);
        }
    }
}
