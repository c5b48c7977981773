using Dllm.Evaluation.Scoring;

namespace Dllm.Tests.Evaluation;

public sealed class PythonRegexTests
{
    [Fact]
    public void APatternOfAHundredThousandCharactersIsRefusedInOneLine()
    {
        var error = Assert.Throws<DllmException>(() => new PythonRegex(new string('(', 100_000)));
        Assert.StartsWith("a pattern of 100,000 characters, at most 65,536 are read", error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Length < 400);
        Assert.True(Assert.Throws<DllmException>(() => new PythonRegex(new string('(', 60_000))).Message.Length < 1000);
    }

    [Theory] // what findall and sub of CPython 3.14 give: matches between bars, their groups between slashes
    [InlineData("(?P<n>\\d+)-(x)(?P=n)", "12-x12 x7y x8", "12/x", "<> x7y x8")]
    [InlineData("(x)(?P<n>\\d+)(y)?", "12-x12 x7y x8", "x/12/ | x/7/y | x/8/", "12-<> <> <>")]
    [InlineData("\\d{,3}", "12345", "123 | 45 | ", "<><><>")]
    [InlineData("a\\Z", "a\n", "", "a\n")]
    [InlineData("a\\Z", "a", "a", "<>")]
    [InlineData("\\w+", "\u00e9_\u00ef \u4e2d\u6587 \u2460\u2163\u00bd x\u0301y \u203f\u2040", "\u00e9_\u00ef | \u4e2d\u6587 | \u2460\u2163\u00bd | x | y", "<> <> <> <>\u0301<> \u203f\u2040")]
    [InlineData("\\W+", "\u00e9_\u00ef \u4e2d\u6587 \u2460\u2163\u00bd x\u0301y \u203f\u2040", "  |   |   | \u0301 |  \u203f\u2040", "\u00e9_\u00ef<>\u4e2d\u6587<>\u2460\u2163\u00bd<>x<>y<>")]
    [InlineData("\\s+", "\u001c\u001d \u0085\u00a0\u2003tab\there", "\u001c\u001d \u0085\u00a0\u2003 | \t", "<>tab<>here")]
    [InlineData("\\b|\\w+", "a\n", " | a | ", "<><><>\n")]
    [InlineData("a{x", "aaaa b{x a{x", "a{x", "aaaa b{x <>")]
    [InlineData("a++b", "aab ab b c", "aab | ab", "<> <> b c")]
    [InlineData("[a-z\\-\\[]+", "it's a-b_c [d] e]", "it | s | a-b | c | [d | e", "<>'<> <>_<> <>] <>]")]
    [InlineData("(?a)\\w+", "\u00e9_\u00ef \u4e2d\u6587 \u2460\u2163\u00bd x\u0301y \u203f\u2040", "_ | x | y", "\u00e9<>\u00ef \u4e2d\u6587 \u2460\u2163\u00bd <>\u0301<> \u203f\u2040")]
    [InlineData("[\\d.]+", "\u0661\u0662\u0663 4", "\u0661\u0662\u0663 | 4", "<> <>")]
    [InlineData("(a)?(?(1)b|c)", "aab ab b c", "a | a | ", "a<> <> b <>")]
    [InlineData("[\ud83d\ude00x]", "\ud83d\ude00\ud83d\ude00x", "\ud83d\ude00 | \ud83d\ude00 | x", "<><><>")]
    [InlineData("\\_", "it's a-b_c [d] e]", "_", "it's a-b<>c [d] e]")]
    [InlineData("(?x) a \\s b # c", "a b c d e f", "a b", "<> c d e f")]
    [InlineData("[\\b]", "aa bb\b", "\b", "aa bb<>")]
    public void MatchesAsPython(string pattern, string text, string found, string replaced)
    {
        var regex = new PythonRegex(pattern);
        Assert.Equal(found, string.Join(" | ", regex.FindAll(text).Select(groups => string.Join('/', groups))));
        Assert.Equal(replaced, regex.Replace(text, "<>"));
    }

    [Theory] // patterns that CPython refuses
    [InlineData("(")]
    [InlineData("a)")]
    [InlineData("a**")]
    [InlineData(@"\q")]
    [InlineData(@"\1")]
    [InlineData("(?P<1>a)")]
    [InlineData("(?P<a>x)(?P<a>y)")]
    [InlineData("[b-a]")]
    [InlineData("a(?i)b")]
    [InlineData("\\")]
    public void RefusesWhatPythonRefuses(string pattern) =>
        Assert.Contains(pattern, Assert.Throws<DllmException>(() => new PythonRegex(pattern)).Message);

    [Fact]
    public void WhatTakesForEverIsLeftAlone()
    {
        string hostile = new string('a', 40) + "!";
        var regex = new PythonRegex("^(a+)+$", TimeSpan.FromMilliseconds(50));
        Assert.Empty(regex.FindAll(hostile));
        Assert.Equal(hostile, regex.Replace(hostile, ""));
        Assert.Null(regex.Search(hostile));
    }

    [Fact]
    public void APatternIsTranslatedOnce() => Assert.Same(PythonRegex.Of("(x)y"), PythonRegex.Of("(x)y"));
}
