using Dllm.Evaluation.Maths;

namespace Dllm.Tests.Evaluation.Maths;

public sealed class HendrycksAnswerTests
{
    [Theory]
    [InlineData(@"\dfrac12", @"\frac{1}{2}")]
    [InlineData(@"\frac1{72}", @"\frac{1}{72}")]
    [InlineData("3/4", @"\frac{3}{4}")]
    [InlineData("0.5", @"\frac{1}{2}")]
    [InlineData(".5", @"\frac{1}{2}")]
    [InlineData("k = 7", "7")]
    [InlineData(@"\sqrt3", @"\sqrt{3}")]
    [InlineData(@"12\text{ apples}", "12")]
    [InlineData(@"50\%", "50")]
    [InlineData(@"90^\circ", "90")]
    [InlineData(@"\left( 1, 2 \right)", "(1,2)")]
    [InlineData("", "\n")]
    [InlineData(@"\frac{\frac12}{3}", @"\frac{\frac{1}{2}}{3}")]
    public void TheSameInOtherWriting(string first, string second) => Assert.True(HendrycksAnswer.AreEqual(first, second));

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("ab = 7", "7")] // three characters stand in front
    [InlineData("-0/1", @"\frac{-0}{1}")] // not as a number is written
    [InlineData(@"\frac", "")]
    [InlineData(null, "1")]
    public void NotTheSame(string? first, string second) => Assert.False(HendrycksAnswer.AreEqual(first, second));

    [Theory]
    [InlineData("a/b")] // a slash between letters
    [InlineData(@"\sqrt")]
    [InlineData(@"\frac")]
    [InlineData(@"1\text{ a}\text{ b}")]
    [InlineData("1/\u0661_")]
    public void WhatHasNoNormalFormEqualsOnlyItself(string answer)
    {
        Assert.Null(HendrycksAnswer.Normalize(answer));
        Assert.True(HendrycksAnswer.AreEqual(answer, answer));
        Assert.False(HendrycksAnswer.AreEqual(answer, answer + " "));
    }

    [Fact]
    public void CharactersBeyondTheFirstPlaneAreOne() => Assert.Equal(@"\frac{😀}{é}", HendrycksAnswer.Normalize(@"\frac😀é"));
}
